package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.kvm.internal.xml.MoveNote;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A move that another process leads, or led before it died: watched, and tidied up after if nobody else does. */
final class FollowedMove extends WatchedMove {

    private volatile @Nullable Thread watcher;

    FollowedMove(String machine, UUID id, MoveSide source, MoveSide target, MoveNote note, MoveTidying tidying) {
        super(machine, id, source, target, note, tidying, ByteSize.ZERO);
    }

    @Override
    JobVerdict watched() throws InterruptedException {
        watcher = Thread.currentThread();
        DriverException gone = DriverException.because(Failure.UNREACHABLE)
                .message("%s: whoever led it has given it up or has died; start it again", this);
        return tidied(settled(MoveDecision.Leader.PERHAPS, MoveDecision.Ran.PERHAPS, Optional.of(gone)));
    }

    /** It goes on without this connection, if it does. */
    @Override
    void leave() {
        Thread thread = watcher;
        if (thread != null) {
            thread.interrupt();
        }
    }
}
