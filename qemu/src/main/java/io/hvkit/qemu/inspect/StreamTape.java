package io.hvkit.qemu.inspect;

import io.hvkit.core.ByteSize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The parts of a stream that an inspection needs: its beginning, its end, and what the beginning points at, kept as it passes. An
 * inspection is run over what is there whenever there is more; where it asks for what has not passed yet, that is kept for the
 * next run.
 */
final class StreamTape implements ByteSource {

    static final int HEAD = 1 << 20;
    static final int TAIL = 64 << 10;

    private static final int MOST_KEPT = 8 << 20;
    private static final int MOST_PIECES = 64;
    /** While nobody knows where the stream ends, it is taken to be endless. */
    private static final long ENDLESS = 1L << 62;

    /** A part that is to be kept when it passes. */
    private static final class Piece {

        private final long offset;
        private final byte[] bytes;

        Piece(long offset, int count) {
            this.offset = offset;
            this.bytes = new byte[count];
        }

        long end() {
            return offset + bytes.length;
        }

        boolean holds(long from, int count) {
            return from >= offset && from + count <= end();
        }
    }

    private final List<Piece> pieces = new ArrayList<>();
    private byte[] head = new byte[Bytes.PAGE];
    private final byte[] tail = new byte[TAIL];
    private long position;
    private int kept;
    private boolean ended;

    /** Returns how many bytes can pass before there is something new to look at; at least one. */
    long untilNextLook() {
        if (position < HEAD) {
            return HEAD - position;
        }
        return pieces.stream()
                        .mapToLong(Piece::end)
                        .filter(end -> end > position)
                        .min()
                        .orElse(Long.MAX_VALUE)
                - position;
    }

    /** Lets bytes pass. */
    void pass(byte[] from, int offset, int count) {
        if (position < HEAD) {
            int taken = (int) Math.min(count, HEAD - position);
            int needed = (int) position + taken;
            if (needed > head.length) {
                head = Arrays.copyOf(head, Math.min(HEAD, Math.max(needed, head.length * 2)));
            }
            System.arraycopy(from, offset, head, (int) position, taken);
        }
        for (Piece piece : pieces) {
            long begin = Math.max(piece.offset, position);
            long end = Math.min(piece.end(), position + count);
            if (begin < end) {
                System.arraycopy(
                        from, offset + (int) (begin - position), piece.bytes, (int) (begin - piece.offset), (int)
                                (end - begin));
            }
        }
        for (int done = Math.max(0, count - TAIL); done < count; ) { // only the last bytes can stay
            int at = (int) ((position + done) % TAIL);
            int run = Math.min(TAIL - at, count - done);
            System.arraycopy(from, offset + done, tail, at, run);
            done += run;
        }
        position += count;
    }

    /** Notes that nothing follows. */
    void end() {
        ended = true;
    }

    boolean hasEnded() {
        return ended;
    }

    long position() {
        return position;
    }

    @Override
    public ByteSize length() {
        return ByteSize.bytes(ended ? position : ENDLESS);
    }

    @Override
    public byte[] read(long offset, int count) {
        int there = ended ? (int) Math.max(0, Math.min(count, position - offset)) : count;
        if (offset + there <= Math.min(position, HEAD)) {
            return Arrays.copyOfRange(head, (int) offset, (int) offset + there);
        }
        for (Piece piece : pieces) {
            if (piece.holds(offset, there) && piece.end() <= position) {
                return Arrays.copyOfRange(
                        piece.bytes, (int) (offset - piece.offset), (int) (offset - piece.offset) + there);
            }
        }
        if (ended && offset >= position - TAIL) {
            byte[] bytes = new byte[there];
            for (int i = 0; i < there; i++) {
                bytes[i] = tail[(int) ((offset + i) % TAIL)];
            }
            return bytes;
        }
        keep(offset, count);
        throw Refusal.because(
                Finding.Kind.NOT_SEEN,
                "%s bytes at byte %s are part of it, and had passed before that was known",
                count,
                offset);
    }

    private void keep(long offset, int count) {
        boolean known = pieces.stream().anyMatch(piece -> piece.holds(offset, count));
        boolean room = kept + count <= MOST_KEPT && pieces.size() < MOST_PIECES;
        if (!ended && !known && room && offset >= position && offset < ENDLESS / 2) {
            pieces.add(new Piece(offset, count));
            kept += count;
        }
    }
}
