package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.core.SnapshotId;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.chain.LayerId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The steps of an operation that removes layers. What is planned is noted in the catalog with each plan; so whoever stops between two steps
 * finds the rest by planning again. A layer that cannot be removed is a leftover: the operation succeeds, the catalog keeps in mind that
 * the layer is to go, and the store is not asked again by this operation.
 */
final class RemovalSteps {

    private final LayerRemoval removal;

    RemovalSteps(Ground ground) {
        this.removal = new LayerRemoval(ground);
    }

    void run(Run run, ChainKey chain, Optional<SnapshotId> subject, LayerRemoval.Question question)
            throws InterruptedException {
        List<LayerId> tried = new ArrayList<>();
        while (true) {
            int number = tried.size() + 1;
            List<LayerId> before = List.copyOf(tried);
            Facts next = run.step(Step.recorded(
                            "plan-" + number, transaction -> removal.advance(transaction, chain, before, question))
                    .committing());
            Optional<LayerId> layer = LayerRemoval.layer(next);
            if (layer.isEmpty()) {
                return;
            }
            run.tidy(Step.of("remove-" + number, () -> {
                        removal.remove(chain, layer.get(), subject);
                        return Facts.of("layer", layer.get());
                    })
                    .keeping((transaction, evidence) -> removal.forget(transaction, chain, layer.get())));
            tried.add(layer.get());
        }
    }
}
