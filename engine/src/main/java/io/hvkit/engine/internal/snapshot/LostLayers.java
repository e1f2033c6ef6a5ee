package io.hvkit.engine.internal.snapshot;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.Replica;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds layers whose store answers and does not have them any more, and writes down that they, and all that stand on them, cannot be read: so
 * nothing is laid over them, and nothing counts on them. A store that has nothing at all may be another one, such as a directory on which nothing
 * is mounted: that says nothing of its layers, and nothing is written down.
 */
final class LostLayers {

    private static final Logger LOG = LoggerFactory.getLogger(LostLayers.class);

    private final Ground ground;
    private final LayerFiles files;

    LostLayers(Ground ground) {
        this.ground = ground;
        this.files = new LayerFiles(ground);
    }

    /**
     * Looks for a layer and all that it stands on.
     *
     * @param line the layers, from the top down
     * @return what is lost, for people; nothing if all are there
     * @throws DriverException as their store fails, if that cannot tell; nothing is written down then
     */
    Optional<String> in(ChainKey chain, List<LayerId> line) throws InterruptedException {
        for (LayerId layer : line) {
            if (files.find(layer).isEmpty()) {
                if (files.hasAny(layer.store())) {
                    note(chain, layer);
                }
                return Optional.of("layer " + layer + " is not in its store");
            }
        }
        return Optional.empty();
    }

    /** One that was removed meanwhile, as it was to be, is not in the chain any more. */
    private void note(ChainKey chain, LayerId layer) throws InterruptedException {
        LOG.warn("layer {} is not in its store; it and what stands on it cannot be read", layer);
        ground.catalog().inTransaction(transaction -> {
            ChainLedger ledger = ChainLedger.of(transaction, chain.id());
            ledger.lost(layer);
            ChainWriting.write(ledger, ground);
            return layer;
        });
    }

    /**
     * Looks whether a snapshot has a copy of which all is there.
     *
     * @throws DriverException as a store fails, if it has none and a store cannot tell; {@code UNREACHABLE} if a store has nothing at all
     */
    void lookAt(ChainKey chain, SnapshotId snapshot) throws InterruptedException {
        List<List<LayerId>> lines =
                ground.catalog().inTransaction(transaction -> lines(ChainLedger.of(transaction, chain.id()), snapshot));
        Optional<DriverException> trouble = Optional.empty();
        for (List<LayerId> line : lines) {
            try {
                if (in(chain, line).isEmpty()) {
                    return;
                }
                requireAny(line.get(0).store());
            } catch (DriverException e) {
                trouble = Optional.of(e);
            }
        }
        if (trouble.isPresent()) {
            throw trouble.get();
        }
    }

    private void requireAny(PoolId store) throws InterruptedException {
        if (!files.hasAny(store)) {
            throw DriverException.because(Failure.UNREACHABLE)
                    .effect(Effect.NOT_APPLIED)
                    .message("store %s has none of its layers; see whether it is the store that it was", store);
        }
    }

    private static List<List<LayerId>> lines(ChainLedger ledger, SnapshotId snapshot) {
        return ledger.graph().snapshot(snapshot).stream()
                .flatMap(some -> some.replicas().values().stream())
                .filter(copy -> copy.state() == Replica.State.READY)
                .map(copy -> ledger.line(copy.layer()))
                .toList();
    }
}
