"""MiniStack with what it lacks of CloudFormation: AWS::SSM::Document, handed on to the SSM test host. And a FIFO queue that
does not walk over everything it knows for each message: thousands would bring it to a halt.

Only this set-up knows of the gap; the product's template is deployed as it is.
"""

import json
import os
import sys
import time
import urllib.request

from ministack.app import main
from ministack.services import sqs
from ministack.services.cloudformation import provisioners

HOST = os.environ["AWS_ENDPOINT_URL_SSM"]


def ssm(action, **parameters):
    request = urllib.request.Request(
        HOST,
        data=json.dumps(parameters).encode(),
        headers={"X-Amz-Target": f"AmazonSSM.{action}", "Content-Type": "application/x-amz-json-1.1"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        raise ValueError(f"AWS::SSM::Document {action} failed: {error.read()!r}") from error


def create(logical_id, props, stack_name):
    name = props["Name"]
    ssm(
        "CreateDocument",
        Name=name,
        Content=json.dumps(props["Content"]),
        DocumentType=props["DocumentType"],
        DocumentFormat=props["DocumentFormat"],
    )
    return name, {}


def update(physical_id, old_props, new_props, stack_name, logical_id=None):
    if old_props.get("Content") != new_props.get("Content"):
        answer = ssm(
            "UpdateDocument",
            Name=physical_id,
            Content=json.dumps(new_props["Content"]),
            DocumentVersion="$LATEST",
            DocumentFormat=new_props["DocumentFormat"],
        )
        version = answer["DocumentDescription"]["DocumentVersion"]
        ssm("UpdateDocumentDefaultVersion", Name=physical_id, DocumentVersion=version)
    return physical_id, {}


def delete(physical_id, props):
    ssm("DeleteDocument", Name=physical_id)


prune = sqs._prune_dedup
pruned = {}


def prune_each_second(q):
    if time.time() - pruned.get(id(q), 0) > 1:
        prune(q)
        pruned[id(q)] = time.time()


sqs._prune_dedup = prune_each_second

provisioners._RESOURCE_HANDLERS["AWS::SSM::Document"] = {"create": create, "update": update, "delete": delete}

if __name__ == "__main__":
    sys.exit(main())
