package io.hvkit.qemu.inspect;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;

/**
 * An image that is inspected while its bytes flow past. Whoever reads it copies the bytes where they belong, and asks at the end
 * what they were; until then nothing may use the copy. At most 10 MiB are kept in memory, however long the image is.
 *
 * <p>Some images cannot be judged in one pass, such as one whose header stands behind what it points to. They have the finding
 * {@code NOT_SEEN}, and can be inspected where they are stored. For one thread at a time.
 */
public final class ImageStream extends FilterInputStream {

    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final StreamTape tape = new StreamTape();
    private boolean looked;

    ImageStream(InputStream image) {
        super(image);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] to, int offset, int count) throws IOException {
        int read = super.read(to, offset, count);
        if (read < 0) {
            tape.end();
            return read;
        }
        for (int done = 0; done < read; ) {
            int run = (int) Math.min(read - done, tape.untilNextLook());
            boolean due = run == tape.untilNextLook();
            tape.pass(to, offset + done, run);
            done += run;
            if (due) {
                look();
            }
        }
        return read;
    }

    /** Reads so many bytes and drops them, so that they are inspected all the same. */
    @Override
    public long skip(long count) throws IOException {
        byte[] dropped = new byte[(int) Math.max(1, Math.min(count, 1 << 16))];
        long skipped = 0;
        while (skipped < count) {
            int read = read(dropped, 0, (int) Math.min(dropped.length, count - skipped));
            if (read < 0) {
                break;
            }
            skipped += read;
        }
        return skipped;
    }

    /** Returns false: what has passed has been looked at. */
    @Override
    public boolean markSupported() {
        return false;
    }

    /**
     * Returns what the image was. May be called again.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if the stream has not been read to its end, where some formats keep
     *     what they are
     */
    public InspectedImage inspect() throws InterruptedException {
        if (!tape.hasEnded()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "only %s bytes of the image have passed and its end has not; read the stream until it returns -1",
                            tape.position());
        }
        return Inspection.of(tape, LIMIT);
    }

    /**
     * Returns what is known to be dangerous already, so that a long upload can be refused early. Empty before the first MiB has
     * passed. An empty list promises nothing: only {@link #inspect} judges the whole.
     */
    public List<Finding> dangersSoFar() throws InterruptedException {
        if (!looked) {
            return List.of();
        }
        return Inspection.of(tape, LIMIT).findings().stream()
                .filter(finding -> finding.severity() == Finding.Severity.DANGEROUS)
                .toList();
    }

    /** Lets the inspection say what it will need; its result is of no use yet. */
    private void look() throws IOException {
        looked = true;
        try {
            Inspection.of(tape, LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while inspecting");
        }
    }
}
