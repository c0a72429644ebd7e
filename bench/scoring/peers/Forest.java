import com.amazon.randomcutforest.config.Precision;
import com.amazon.randomcutforest.config.TransformMethod;
import com.amazon.randomcutforest.parkservices.ThresholdedRandomCutForest;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;

/**
 * AWS' thresholded random cut forest over series from stdin: a count, then each series as its length and its values, all big-endian.
 * Writes a score for each value, and last the nanoseconds that scoring took. A missing value scores 0 and is not learned.
 */
public class Forest {
  public static void main(String[] args) throws Exception {
    int shingle = Integer.parseInt(args[0]);
    DataInputStream in = new DataInputStream(new BufferedInputStream(System.in, 1 << 20));
    DataOutputStream out = new DataOutputStream(new BufferedOutputStream(System.out, 1 << 20));
    long spent = 0;
    for (int left = in.readInt(); left > 0; left--) {
      double[] values = new double[in.readInt()];
      for (int at = 0; at < values.length; at++) values[at] = in.readDouble();
      long from = System.nanoTime();
      double[] scores = scored(values, shingle);
      spent += System.nanoTime() - from;
      for (double score : scores) out.writeDouble(score);
    }
    out.writeDouble(spent);
    out.flush();
  }

  private static double[] scored(double[] values, int shingle) {
    ThresholdedRandomCutForest forest =
        ThresholdedRandomCutForest.builder()
            .dimensions(shingle)
            .shingleSize(shingle)
            .numberOfTrees(50)
            .sampleSize(256)
            .randomSeed(7)
            .precision(Precision.FLOAT_32)
            .transformMethod(TransformMethod.NORMALIZE)
            .build();
    double[] scores = new double[values.length];
    for (int at = 0; at < values.length; at++)
      if (!Double.isNaN(values[at])) scores[at] = forest.process(new double[] {values[at]}, at).getRCFScore();
    return scores;
  }
}
