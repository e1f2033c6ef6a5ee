package io.hvkit.qemu.qmp;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks, before a job starts, whether it would write in clear what is encrypted. What qemu has opened is asked, not the caller. */
final class PlaintextGuard {

    private final List<QmpValue> nodes;

    private PlaintextGuard(List<QmpValue> nodes) {
        this.nodes = nodes;
    }

    static PlaintextGuard of(QmpClient client) throws InterruptedException {
        return new PlaintextGuard(
                client.execute(QmpCommand.of("query-named-block-nodes")).items());
    }

    void requireMirrorKeepsEncryption(MirrorRequest request) {
        require(chain(request.source()), request.target(), request.toString());
    }

    void requireCommitKeepsEncryption(CommitRequest request) {
        List<QmpValue> chain = chain(request.top().orElse(request.device()));
        if (chain.stream().anyMatch(PlaintextGuard::isEncrypted)) {
            boolean encrypts = request.base().isPresent()
                    ? node(request.base().get())
                            .map(PlaintextGuard::isEncrypted)
                            .orElse(true)
                    : isEncrypted(chain.get(chain.size() - 1));
            refuse(encrypts, request.toString());
        }
    }

    private void require(List<QmpValue> source, BlockNode target, String request) {
        if (source.stream().anyMatch(PlaintextGuard::isEncrypted)) {
            refuse(node(target).map(PlaintextGuard::isEncrypted).orElse(true), request);
        }
    }

    /** What is not there is left to qemu, which has words for it. */
    private static void refuse(boolean encrypts, String request) {
        if (!encrypts) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "the %s would write in clear what is encrypted; take an encrypted target, or say"
                                    + " intoPlaintext() if that is meant",
                            request);
        }
    }

    private Optional<QmpValue> node(BlockNode named) {
        return nodes.stream()
                .filter(node -> node.find("node-name")
                        .filter(name -> name.text().equals(named.name()))
                        .isPresent())
                .findFirst();
    }

    /** Returns what is known of a node and of what it lies over, the topmost first; empty if there is no such node. */
    private List<QmpValue> chain(BlockNode named) {
        List<QmpValue> chain = new ArrayList<>();
        Optional<QmpValue> node = node(named);
        node.ifPresent(chain::add);
        Optional<QmpValue> image = node.flatMap(top -> top.find("image")).flatMap(top -> top.find("backing-image"));
        while (image.isPresent()) {
            chain.add(image.get());
            image = image.get().find("backing-image");
        }
        return chain;
    }

    private static boolean isEncrypted(QmpValue described) {
        return described.find("encrypted").filter(QmpValue::isOn).isPresent();
    }
}
