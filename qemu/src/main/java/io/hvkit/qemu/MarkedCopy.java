package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A copy over what a target holds that cannot be taken for a whole one before it is: the target's start holds a mark until all
 * the rest has been copied and is on the disk.
 */
final class MarkedCopy {

    /** Where the bulk begins: at the start of a cluster of whatever size, so that none is written in two pieces. */
    private static final long BULK = 2 << 20;
    /** What is copied last, over the mark: as much as reaches a disk in one piece, whatever happens meanwhile. */
    private static final long HEAD = 4096;

    private final QemuImgProgram program;
    private final CopyRun run;

    MarkedCopy(QemuImgProgram program, CopyRun run) {
        this.program = program;
        this.run = run;
    }

    void copy(Slices content, ConvertRequest request) throws InterruptedException {
        Image target = request.target();
        long size = content.size();
        long head = Math.min(HEAD, size);
        long bulk = Math.min(BULK, size);
        mark(content, target, bulk);
        try {
            Set<CopyRun.Extra> extras = request.targetState() == TargetState.EXISTS_ZEROED
                    ? EnumSet.of(CopyRun.Extra.TARGET_IS_ZERO)
                    : EnumSet.noneOf(CopyRun.Extra.class);
            copy(content, target, bulk, size, extras);
            copy(content, target, head, bulk, extras);
            copy(content, target, 0, head, EnumSet.noneOf(CopyRun.Extra.class));
        } catch (DriverException e) {
            throw Afterwards.doubtful(e); // even a run that never began leaves a target whose start is gone
        }
    }

    /**
     * Puts the mark, and then zeroes behind it, over all that a partition table or a file system begins with. All the disks are opened
     * before anything is written: a key that is wrong or a disk that is in use is found while nothing is lost.
     */
    private void mark(Slices content, Image target, long length) throws InterruptedException {
        new IncompleteMark(program).use(mark -> {
            Slices start = new Slices(List.of(new Slices.Piece(mark, IncompleteMark.LENGTH)));
            List<Image> sources = new ArrayList<>(
                    start.thenZeroes(length - IncompleteMark.LENGTH).images());
            sources.addAll(content.nothings());
            run.writeInOrder(sources, Slices.part(target, 0, length));
            return mark;
        });
    }

    private void copy(Slices content, Image target, long from, long to, Set<CopyRun.Extra> extras)
            throws InterruptedException {
        if (from < to) {
            run.copy(content.between(from, to), Slices.part(target, from, to - from), to - from, extras);
        }
    }
}
