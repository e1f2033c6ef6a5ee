package io.hvkit.qemu.qmp;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;

/** Looks, before a job starts, whether it would write in clear what is encrypted. What qemu has opened is asked, not the caller. */
final class PlaintextGuard {

    private final BlockGraph graph;

    private PlaintextGuard(BlockGraph graph) {
        this.graph = graph;
    }

    static PlaintextGuard of(QmpClient client) throws InterruptedException {
        return new PlaintextGuard(BlockGraph.of(client));
    }

    void requireMirrorKeepsEncryption(MirrorRequest request) {
        require(request.source(), request.target(), request.toString());
    }

    void requireCommitKeepsEncryption(CommitRequest request) {
        BlockNode top = request.top().orElse(request.device());
        require(top, request.base().orElseGet(() -> graph.lowest(top)), request.toString());
    }

    /** Refuses; what is not there is left to qemu, which has words for it. */
    private void require(BlockNode source, BlockNode target, String request) {
        if (graph.readsEncrypted(source) && graph.has(target) && !graph.encrypts(target)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "the %s would write in clear what is encrypted; take an encrypted target, or say"
                                    + " intoPlaintext() if that is meant",
                            request);
        }
    }
}
