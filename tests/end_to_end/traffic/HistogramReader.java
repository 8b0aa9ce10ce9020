import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Scanner;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;

/**
 * Reads an encoded histogram and percentiles, one a line; prints count, min, max and values.
 * With an argument: reads that histogram log.
 */
public final class HistogramReader {
    public static void main(String[] args) throws Exception {
        if (args.length == 1) {
            readLog(args[0]);
            return;
        }
        Scanner in = new Scanner(System.in);
        byte[] bytes = Base64.getDecoder().decode(in.nextLine());
        Histogram h = Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(bytes), 0);
        System.out.println(h.getTotalCount());
        System.out.println(h.getMinValue());
        System.out.println(h.getMaxValue());
        while (in.hasNextLine()) {
            System.out.println(h.getValueAtPercentile(Double.parseDouble(in.nextLine())));
        }
        ByteBuffer again = ByteBuffer.allocate(h.getNeededByteBufferCapacity());
        int n = h.encodeIntoCompressedByteBuffer(again);
        byte[] out = new byte[n];
        System.arraycopy(again.array(), 0, out, 0, n);
        System.out.println(Base64.getEncoder().encodeToString(out));
    }

    /** Prints tag, count, median and maximum of each line of a log. */
    private static void readLog(String file) throws Exception {
        HistogramLogReader log = new HistogramLogReader(file);
        for (EncodableHistogram one = log.nextIntervalHistogram(); one != null;
                one = log.nextIntervalHistogram()) {
            Histogram h = (Histogram) one;
            System.out.println(h.getTag() + " " + h.getTotalCount() + " "
                    + h.getValueAtPercentile(50) + " " + h.getMaxValue());
        }
        System.out.println("start " + log.getStartTimeSec());
    }
}
