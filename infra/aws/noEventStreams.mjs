// The clients of S3 and Lambda bring along how to read streams of events, for two calls that no function makes. In a bundle this
// stands in its place: what is not loaded costs no cold start.
const missing = () => {
  throw new Error('streams of events are not part of this bundle: see custom.esbuild.alias in serverless.yml');
};

export const resolveEventStreamSerdeConfig = (config) => config;
export const eventStreamSerdeProvider = missing;
export class EventStreamSerde {
  constructor() {
    missing();
  }
}
