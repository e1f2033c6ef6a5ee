package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ProgressListener;
import io.hvkit.qemu.internal.copy.CopyTerms;
import io.hvkit.qemu.internal.copy.CopyTerms.Earlier;
import io.hvkit.qemu.internal.copy.CopyTerms.Proof;
import io.hvkit.qemu.internal.copy.CopyTerms.Zeroes;
import io.hvkit.qemu.internal.copy.DiskCopy;
import io.hvkit.qemu.internal.copy.Watch;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Copies in this process what is understood here to the last byte, and says why not where it is not. Like {@link MarkedCopy} it
 * keeps a mark at the start of a target that exists until all the rest is on the disk. For one thread.
 */
final class OwnCopy {

    /** Where the bulk begins; before it there is nothing but the mark until the bulk is on the disk. */
    private static final int BULK = 2 << 20;
    /** What is written last, over the mark, in one piece. */
    private static final int HEAD = 4096;

    private static final int CHUNK = 1 << 20;
    private static final int LEAST_CHUNK = 64 << 10;
    /** With a limit, so many chunks are done in a second: progress is seen, and none is late. */
    private static final int CHUNKS_PER_SECOND = 16;

    private static final int SPARSE = 4096;

    private final QemuImgProgram program;
    private final ConvertRequest request;
    private final QemuImgProgress progress;
    private final QemuImgProgress proving;
    private final Optional<Duration> limit;
    private final long start = System.nanoTime();

    OwnCopy(
            QemuImgProgram program,
            ConvertRequest request,
            QemuImgProgress progress,
            ByteSize size,
            ProgressListener listener) {
        this.program = program;
        this.request = request;
        this.progress = progress;
        this.proving = new QemuImgProgress("verifying", size, listener);
        this.limit = request.limit().or(program::limit);
    }

    /** Fills a target that was just made; returns why not, in which case nothing was written. */
    Optional<String> fill(Image made, long sourceSize, long size) throws InterruptedException {
        Zeroes zeroes = writesZeroes() ? Zeroes.WRITTEN : Zeroes.SPARED;
        return attempt(made, sourceSize, size, disks -> {
            DiskCopy copy = new DiskCopy(disks.source(), disks.target(), size, terms(zeroes, Earlier.NOTHING));
            copy.copy(0, size, watch(progress, size));
            disks.target().flush();
            if (request.isVerified()) {
                requireSame(copy, 0, size);
                proving.finish();
            }
        });
    }

    /** Writes over what a target holds; returns why not, in which case nothing was written. */
    Optional<String> overwrite(long sourceSize, long size, long room) throws InterruptedException {
        return attempt(request.target(), sourceSize, room, disks -> {
            try {
                overwrite(disks, size);
            } catch (DriverException e) {
                throw Afterwards.doubtful(e); // its start is gone
            } catch (IOException e) {
                throw Afterwards.doubtful(failed(e));
            }
        });
    }

    private void overwrite(OwnDisks disks, long size) throws IOException, InterruptedException {
        int head = (int) Math.min(HEAD, size);
        int bulk = (int) Math.min(BULK, size);
        byte[] mark = Arrays.copyOf(IncompleteMark.bytes(), bulk);
        boolean begun = Arrays.equals(IncompleteMark.bytes(), DiskCopy.read(disks.target(), IncompleteMark.LENGTH, 0));
        DiskCopy.write(disks.target(), mark, 0);
        disks.target().flush();
        DiskCopy copy = new DiskCopy(
                disks.source(), disks.target(), size, terms(zeroes(), begun ? Earlier.PART : Earlier.NOTHING));
        copy.copy(bulk, size, watch(progress, size - bulk));
        disks.target().flush();
        copy.copy(head, bulk, watch(progress, bulk - head));
        disks.target().flush();
        if (request.isVerified()) {
            requireSame(copy, bulk, size);
            requireSame(copy, head, bulk);
        }
        finish(disks, head, mark);
    }

    /** Writes the head over the mark, which is put back if the head is not what it was to be. */
    private void finish(OwnDisks disks, int length, byte[] mark) throws IOException {
        byte[] head = DiskCopy.read(disks.source(), length, 0);
        DiskCopy.write(disks.target(), head, 0);
        disks.target().flush();
        if (request.isVerified() && !Arrays.equals(head, DiskCopy.read(disks.target(), length, 0))) {
            DiskCopy.write(disks.target(), Arrays.copyOf(mark, length), 0);
            disks.target().flush();
            throw different(0);
        }
        if (request.isVerified()) {
            proving.finish();
        }
    }

    /** Work on disks that are open. */
    @FunctionalInterface
    private interface Work {
        void on(OwnDisks disks) throws IOException, InterruptedException;
    }

    private Optional<String> attempt(Image target, long sourceSize, long room, Work work) throws InterruptedException {
        Optional<String> obstacle = OwnCopyRules.obstacle(program, request);
        if (obstacle.isPresent()) {
            return refusedIfMeant(obstacle.get());
        }
        try (OwnDisks disks = OwnDisks.open(program.files(), request, target, sourceSize, room)) {
            work.on(disks);
            return Optional.empty();
        } catch (OwnDisks.UnsuitedException e) {
            return refusedIfMeant(e.reason());
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private Optional<String> refusedIfMeant(String obstacle) {
        if (request.engine().filter(CopyEngine.IN_PROCESS::equals).isPresent()) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "%s cannot be copied in this process: %s; leave out by(CopyEngine.IN_PROCESS), and qemu-img does it",
                            request, obstacle);
        }
        return Optional.of(obstacle);
    }

    private CopyTerms terms(Zeroes zeroes, Earlier earlier) {
        long perSecond = request.profile().limit().map(ByteSize::bytes).orElse(0L);
        long share = perSecond == 0 ? CHUNK : perSecond / CHUNKS_PER_SECOND / LEAST_CHUNK * LEAST_CHUNK;
        long sparse = request.profile().sparseSize().map(ByteSize::bytes).orElse(0L);
        return new CopyTerms(
                request.profile().coroutines(), // more than there are processors: a disk wants several requests at once
                (int) Math.max(LEAST_CHUNK, Math.min(CHUNK, share)),
                zeroes,
                (int) Math.max(SPARSE, (sparse + SPARSE - 1) / SPARSE * SPARSE),
                perSecond,
                earlier,
                request.isVerified() ? Proof.DIGESTS : Proof.NONE);
    }

    private Zeroes zeroes() {
        if (writesZeroes()) {
            return Zeroes.WRITTEN;
        }
        return request.targetState() == TargetState.EXISTS_ZEROED ? Zeroes.SPARED : Zeroes.CLEARED;
    }

    private boolean writesZeroes() {
        return request.profile().sparseSize().filter(ByteSize.ZERO::equals).isPresent();
    }

    private Watch watch(QemuImgProgress heard, long part) {
        Watch telling = heard.bytes(part)::accept;
        return done -> {
            telling.seen(done);
            requireTime();
        };
    }

    private void requireTime() {
        limit.filter(whole -> System.nanoTime() - start > whole.toNanos()).ifPresent(whole -> {
            throw DriverException.because(Failure.TIMED_OUT).message("copying %s takes longer than %s", request, whole);
        });
    }

    private void requireSame(DiskCopy copy, long from, long to) throws IOException, InterruptedException {
        OptionalLong different = copy.verify(from, to, watch(proving, to - from));
        if (different.isPresent()) {
            throw different(different.getAsLong());
        }
    }

    private DriverException different(long at) {
        return DriverException.because(Failure.CORRUPT_DATA)
                .message(
                        "%s: what is read of the copy at byte %s is not what was read of the source; the host's memory or"
                                + " storage cannot be trusted",
                        request, at);
    }

    private DriverException failed(IOException e) {
        return Complaint.of("cannot copy " + request, e, Effect.UNKNOWN);
    }
}
