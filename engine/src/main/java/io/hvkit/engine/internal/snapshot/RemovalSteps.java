package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.chain.LayerId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The steps of an operation that removes layers. What is planned is noted in the catalog with each plan; so whoever stops between two steps
 * finds the rest by planning again. A layer that cannot be removed is a leftover: the operation succeeds, the catalog keeps in mind that
 * the layer is to go, and the store is not asked again by this operation.
 */
final class RemovalSteps {

    private final LayerRemoval removal;
    private final EndedReadings readings;
    private final Ground ground;

    RemovalSteps(Ground ground) {
        this.ground = ground;
        this.removal = new LayerRemoval(ground);
        this.readings = new EndedReadings(ground);
    }

    void run(Run run, ChainKey chain, Optional<SnapshotId> subject, LayerRemoval.Question question)
            throws InterruptedException {
        List<LayerId> tried = new ArrayList<>();
        Set<VolumeId> readers = new HashSet<>();
        while (true) {
            int number = tried.size() + readers.size() + 1;
            List<LayerId> before = List.copyOf(tried);
            Set<VolumeId> asked = Set.copyOf(readers);
            Facts next = run.step(
                    Step.recorded("plan-" + number, transaction -> advance(transaction, chain, before, asked, question))
                            .committing());
            Optional<LayerId> layer = LayerRemoval.layer(next);
            Optional<VolumeId> reader = EndedReadings.reader(next);
            if (layer.isPresent()) {
                run.tidy(Step.of("remove-" + number, () -> {
                            removal.remove(chain, layer.get(), subject);
                            return Facts.of("layer", layer.get());
                        })
                        .keeping((transaction, evidence) -> removal.forget(transaction, chain, layer.get())));
                tried.add(layer.get());
            } else if (reader.isPresent()) {
                run.tidy(Step.of("give-back-" + number, () -> readings.giveBack(chain, reader.get()))
                        .keeping((transaction, evidence) -> readings.release(transaction, chain, reader.get())));
                readers.add(reader.get());
            } else {
                return;
            }
        }
    }

    /**
     * Copies that nobody writes any more are in nobody's way. Once all is done that can be, what ended readings keep is looked at: without them there
     * may be more to do.
     */
    private Facts advance(
            Transaction transaction,
            ChainKey chain,
            List<LayerId> tried,
            Set<VolumeId> readers,
            LayerRemoval.Question question) {
        DeadCopies.giveUp(ground, transaction, chain);
        Facts next = removal.advance(transaction, chain, tried, question);
        return LayerRemoval.layer(next).isPresent()
                ? next
                : EndedReadings.next(transaction, chain, readers).orElse(next);
    }
}
