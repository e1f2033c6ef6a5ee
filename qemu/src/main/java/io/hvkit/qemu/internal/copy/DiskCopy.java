package io.hvkit.qemu.internal.copy;

import java.io.IOException;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A copy of a disk onto another one, range by range, by several threads. For one caller at a time.
 *
 * <p>Each range is cut into chunks at multiples of the chunk's size; each chunk is read, and encrypted and written by one thread.
 * What is written is in the file when a call returns, and on the disk when the target is flushed.
 */
public final class DiskCopy {

    /** Chunks that differ one after the other until the rest of an earlier copy is taken for nothing of use. */
    private static final int PATIENCE = 64;

    private final Disk source;
    private final Disk target;
    private final CopyTerms terms;
    private final Pace pace;
    private final Digests digests;
    private final AtomicInteger differing = new AtomicInteger();

    /** @param size how much will be copied at most, in bytes from the start */
    public DiskCopy(Disk source, Disk target, long size, CopyTerms terms) {
        this.source = source;
        this.target = target;
        this.terms = terms;
        this.pace = new Pace(terms.perSecond());
        this.digests = terms.proof() == CopyTerms.Proof.DIGESTS ? Digests.of(size, terms.chunk()) : Digests.none();
    }

    /** Copies what lies from {@code from} up to {@code to}; the source's end is followed by zeroes. */
    public void copy(long from, long to, Watch watch) throws IOException, InterruptedException {
        new Gang(terms.threads(), pace).run(Chunks.of(from, to, terms.chunk()), watch, Copying::new);
    }

    /**
     * Reads again what was copied last to this range, from the disk, and compares it with what was read of the source.
     *
     * @return the start of the first chunk that is not what it was; nothing if all is
     */
    public OptionalLong verify(long from, long to, Watch watch) throws IOException, InterruptedException {
        Verification verification = new Verification();
        new Gang(terms.threads(), pace).run(Chunks.of(from, to, terms.chunk()), watch, verification::worker);
        return verification.first();
    }

    /** Writes bytes of the caller's own to the disk, for instance a mark, and not the source's. */
    public static void write(Disk disk, byte[] bytes, long at) throws IOException {
        byte[] sealed = bytes.clone();
        try (Disk.Lane lane = disk.lane(sealed.length)) {
            lane.seal(sealed, sealed.length, at);
            lane.store(sealed, 0, sealed.length, at);
        } finally {
            Arrays.fill(sealed, (byte) 0);
        }
    }

    /** Returns bytes of a disk. */
    public static byte[] read(Disk disk, int length, long at) throws IOException {
        byte[] bytes = new byte[length];
        try (Disk.Lane lane = disk.lane(length)) {
            lane.read(bytes, length, at);
        }
        return bytes;
    }

    /** One thread that copies. */
    private final class Copying implements Gang.Worker {

        private final Disk.Lane from = source.lane(terms.chunk());
        private final Disk.Lane to = target.lane(terms.chunk());
        private final byte[] bytes = new byte[terms.chunk()];
        private final byte[] there = new byte[terms.earlier() == CopyTerms.Earlier.PART ? terms.chunk() : 0];

        @Override
        public void on(Chunks.Chunk chunk) throws IOException {
            from.read(bytes, chunk.length(), chunk.at());
            digests.put(chunk, bytes);
            to.seal(bytes, chunk.length(), chunk.at());
            if (isThere(chunk)) {
                return;
            }
            if (target.encrypts() || terms.zeroes() == CopyTerms.Zeroes.WRITTEN) {
                to.store(bytes, 0, chunk.length(), chunk.at());
            } else {
                storeSparsely(chunk);
            }
        }

        private boolean isThere(Chunks.Chunk chunk) throws IOException {
            if (there.length == 0 || differing.get() >= PATIENCE) {
                return false;
            }
            to.stored(there, chunk.length(), chunk.at());
            boolean same = Arrays.equals(bytes, 0, chunk.length(), there, 0, chunk.length());
            differing.updateAndGet(before -> same ? 0 : before + 1);
            return same;
        }

        private void storeSparsely(Chunks.Chunk chunk) throws IOException {
            int done = 0;
            for (Zeroes.Run run = Zeroes.next(bytes, 0, chunk.length(), terms.sparse());
                    run.from() < chunk.length();
                    run = Zeroes.next(bytes, run.to(), chunk.length(), terms.sparse())) {
                store(chunk, done, run.from());
                zero(chunk, run);
                done = run.to();
            }
            store(chunk, done, chunk.length());
        }

        private void zero(Chunks.Chunk chunk, Zeroes.Run run) throws IOException {
            if (terms.zeroes() == CopyTerms.Zeroes.CLEARED
                    && !target.clear(chunk.at() + run.from(), run.to() - run.from())) {
                store(chunk, run.from(), run.to());
            }
        }

        private void store(Chunks.Chunk chunk, int first, int end) throws IOException {
            if (first < end) {
                to.store(bytes, first, end - first, chunk.at() + first);
            }
        }

        @Override
        public void close() {
            from.close();
            to.close();
            Arrays.fill(bytes, (byte) 0);
            Arrays.fill(there, (byte) 0);
        }
    }

    /** Threads that read the target again, and the first difference that they find. */
    private final class Verification {

        private long first = Long.MAX_VALUE;

        private synchronized void found(long at) {
            first = Math.min(first, at);
        }

        synchronized OptionalLong first() {
            return first == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(first);
        }

        Gang.Worker worker() {
            Disk.Lane lane = target.lane(terms.chunk());
            byte[] bytes = new byte[terms.chunk()];
            return new Gang.Worker() {
                @Override
                public void on(Chunks.Chunk chunk) throws IOException {
                    lane.read(bytes, chunk.length(), chunk.at());
                    if (!digests.isOf(chunk, bytes)) {
                        found(chunk.at());
                    }
                }

                @Override
                public void close() {
                    lane.close();
                    Arrays.fill(bytes, (byte) 0);
                }
            };
        }
    }
}
