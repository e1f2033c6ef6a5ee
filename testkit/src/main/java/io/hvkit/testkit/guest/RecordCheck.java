package io.hvkit.testkit.guest;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The proof that no acknowledged write is lost: every record that the guest called safe must be on the image, whole, in its
 * place, and never older than what was acknowledged there. Needs memory for one block and the first problems, however big the
 * disk, and time for one round of the acknowledged records. Immutable.
 */
public final class RecordCheck {

    /** How many problems are kept with their details; all are counted. */
    public static final int MOST_PROBLEMS = 1000;

    private static final int LOG_BUFFER = 65_536;

    private final long acknowledged;
    private final long intact;
    private final long ioErrors;
    private final Map<RecordProblem.Kind, Long> counts;
    private final List<RecordProblem> problems;

    private RecordCheck(long acknowledged, long intact, long ioErrors, Tally tally) {
        this.acknowledged = acknowledged;
        this.intact = intact;
        this.ioErrors = ioErrors;
        this.counts = new EnumMap<>(tally.counts);
        this.problems = List.copyOf(tally.problems);
    }

    private static final class Tally {
        final Map<RecordProblem.Kind, Long> counts = new EnumMap<>(RecordProblem.Kind.class);
        final List<RecordProblem> problems = new ArrayList<>();

        void add(RecordProblem problem) {
            counts.merge(problem.kind(), 1L, Long::sum);
            if (problems.size() < MOST_PROBLEMS) {
                problems.add(problem);
            }
        }
    }

    /**
     * Compares the serial log of a guest with the raw image, or device, of the disk it wrote to. The guest must be gone, or
     * hold still.
     *
     * @throws DriverException with {@code NOT_FOUND} if a file cannot be read, {@code INVALID_REQUEST} if the log is not one
     *     boot's (the guest counts anew when it boots), {@code CORRUPT_DATA} if its numbers make no sense
     */
    public static RecordCheck of(Path serialLog, Path rawImage) {
        return of(List.of(serialLog), rawImage);
    }

    /**
     * Compares the serial logs of one guest that moved from host to host, in the order of its stations, with the raw image of
     * the disk it ended on. The logs are read as one: a line that breaks off in one goes on in the next.
     *
     * @throws DriverException as {@link #of(Path, Path)}
     */
    public static RecordCheck of(List<Path> serialLogs, Path rawImage) {
        Transcript transcript = new Transcript();
        serialLogs.forEach(log -> read(log, transcript));
        if (transcript.boots() != 1) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%s must hold the READY line of one boot, not of %d; check each boot with the image it left",
                            serialLogs, transcript.boots());
        }
        Layout layout = transcript.layout().orElseThrow();
        try (FileChannel image = FileChannel.open(rawImage, StandardOpenOption.READ)) {
            return compared(transcript, layout, image);
        } catch (IOException e) {
            throw unreadable(rawImage, e);
        }
    }

    private static void read(Path log, Transcript transcript) {
        ByteBuffer buffer = ByteBuffer.allocate(LOG_BUFFER);
        try (FileChannel channel = FileChannel.open(log, StandardOpenOption.READ)) {
            while (channel.read(buffer) >= 0) {
                transcript.add(buffer.flip());
                buffer.clear();
            }
        } catch (IOException e) {
            throw unreadable(log, e);
        }
    }

    private static DriverException unreadable(Path file, IOException e) {
        return DriverException.because(Failure.NOT_FOUND).causedBy(e).message("%s cannot be read: %s", file, e);
    }

    private static RecordCheck compared(Transcript transcript, Layout layout, FileChannel image) throws IOException {
        long acknowledged = transcript.acknowledged();
        Tally tally = new Tally();
        long intact = 0;
        // The last round of acknowledged records holds the newest for each block, and each block once.
        for (long s = Math.max(0, acknowledged - layout.period()); s < acknowledged; s++) {
            Optional<RecordProblem> problem = BlockVerdict.of(layout, s, block(image, layout, layout.blockOf(s)));
            problem.ifPresent(tally::add);
            intact += problem.isEmpty() ? 1 : 0;
        }
        return new RecordCheck(acknowledged, intact, transcript.ioErrors(), tally);
    }

    /** Returns the bytes of a block; fewer than a block's if the image ends inside or before it. */
    private static byte[] block(FileChannel image, Layout layout, long block) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(layout.blockSize());
        long start = Math.multiplyExact(block, layout.blockSize());
        while (buffer.hasRemaining()) {
            if (image.read(buffer, start + buffer.position()) < 0) {
                byte[] some = new byte[buffer.position()];
                buffer.flip().get(some);
                return some;
            }
        }
        return buffer.array();
    }

    /** Returns the number of records that the guest called safe, rounds over the disk included. */
    public long acknowledged() {
        return acknowledged;
    }

    /** Returns the number of blocks that hold what they must, or something newer. */
    public long intact() {
        return intact;
    }

    /** Returns the number of blocks that are all zeroes, or beyond the end of the image. */
    public long lost() {
        return count(RecordProblem.Kind.LOST);
    }

    /** Returns the number of blocks that hold an older record. */
    public long stale() {
        return count(RecordProblem.Kind.STALE);
    }

    /** Returns the number of blocks that hold no whole record. */
    public long torn() {
        return count(RecordProblem.Kind.TORN);
    }

    /** Returns the number of blocks that hold a whole record of another place. */
    public long misplaced() {
        return count(RecordProblem.Kind.MISPLACED);
    }

    private long count(RecordProblem.Kind kind) {
        return counts.getOrDefault(kind, 0L);
    }

    /** Returns how often the guest's writes failed. Such writes are not acknowledged, so they break no promise. */
    public long ioErrors() {
        return ioErrors;
    }

    /** Returns whether at least one record was acknowledged, and all of them are there. A check that saw nothing fails. */
    public boolean holds() {
        return acknowledged > 0 && counts.isEmpty();
    }

    /** Returns the first {@link #MOST_PROBLEMS} problems, in the order in which the records were written. */
    public List<RecordProblem> problems() {
        return problems;
    }

    @Override
    public String toString() {
        String summary = String.format(
                Locale.ROOT,
                "%s: %d records acknowledged; %d blocks intact, %d lost, %d stale, %d torn, %d misplaced; %d failed writes",
                holds() ? "holds" : "broken",
                acknowledged,
                intact,
                lost(),
                stale(),
                torn(),
                misplaced(),
                ioErrors);
        return problems.isEmpty() ? summary : summary + "; first: " + problems.get(0);
    }
}
