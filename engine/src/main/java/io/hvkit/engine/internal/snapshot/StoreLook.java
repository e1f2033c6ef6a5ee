package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.LogicalSnapshot;
import io.hvkit.storage.spi.chain.Replica;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks each store that has a whole copy of a snapshot for all that is read there. One that does not answer, or has not all of it, is not read as
 * long as another one has it.
 */
final class StoreLook {

    private static final Logger LOG = LoggerFactory.getLogger(StoreLook.class);
    private static final String TROUBLED = "troubled";

    private final Ground ground;
    private final LayerFiles files;
    private final CopyProbe probe;

    StoreLook(Ground ground) {
        this.ground = ground;
        this.files = new LayerFiles(ground);
        this.probe = new CopyProbe(ground);
    }

    /**
     * Looks as a step of its own, by a host that opens each copy if there are several.
     *
     * @throws DriverException as {@link #look}
     */
    static Facts by(Ground ground, Run run, SnapshotId id) throws InterruptedException {
        StoreLook look = new StoreLook(ground);
        Facts reader = run.step(Step.of("reader", () -> look.probe.reader(look.lines(id))));
        Optional<RecordId<HostRecord>> host = CopyProbe.host(reader);
        return run.step(Step.of("stores", () -> look.look(id, host)).undoneBy(evidence -> look.giveBack(id, host)));
    }

    private void giveBack(SnapshotId id, Optional<RecordId<HostRecord>> host) throws InterruptedException {
        if (host.isPresent()) {
            probe.giveBack(lines(id), host.get());
        }
    }

    /** Returns the stores that evidence tells are in trouble. */
    static List<PoolId> troubled(Facts seen) {
        return seen.find(TROUBLED).stream()
                .flatMap(all -> Arrays.stream(all.split(" ", -1)))
                .map(PoolId::new)
                .toList();
    }

    /**
     * Looks, and changes nothing.
     *
     * @throws DriverException as the first store fails, naming what is wrong with each, if there are copies and none can be read
     */
    Facts look(SnapshotId id) throws InterruptedException {
        return look(id, Optional.empty());
    }

    private Facts look(SnapshotId id, Optional<RecordId<HostRecord>> host) throws InterruptedException {
        List<List<LayerId>> lines = lines(id);
        List<DriverException> troubles = new ArrayList<>();
        List<PoolId> stores = new ArrayList<>();
        for (List<LayerId> line : lines) {
            PoolId store = line.get(0).store();
            Optional<DriverException> trouble = trouble(line, host);
            if (trouble.isPresent()) {
                LOG.warn("snapshot {} is not read from store {}", id, store, trouble.get());
                troubles.add(trouble.get());
                stores.add(store);
            }
        }
        if (!troubles.isEmpty() && troubles.size() == lines.size()) {
            throw unreadable(id, stores, troubles);
        }
        return stores.isEmpty()
                ? Facts.of("stores", lines.size())
                : Facts.of("stores", lines.size())
                        .with(TROUBLED, stores.stream().map(PoolId::value).collect(Collectors.joining(" ")));
    }

    private List<List<LayerId>> lines(SnapshotId id) throws InterruptedException {
        return ground.catalog()
                .inTransaction(transaction -> ChainLedger.find(transaction, id)
                        .map(ledger -> lines(ledger, id))
                        .orElse(List.of()));
    }

    private static List<List<LayerId>> lines(ChainLedger ledger, SnapshotId id) {
        return ledger.graph().snapshot(id).map(LogicalSnapshot::replicas).stream()
                .flatMap(copies -> copies.values().stream())
                .filter(copy -> copy.state() == Replica.State.READY)
                .map(copy -> ledger.line(copy.layer()))
                .sorted(Comparator.comparing(line -> line.get(0).store().value()))
                .toList();
    }

    private Optional<DriverException> trouble(List<LayerId> line, Optional<RecordId<HostRecord>> host)
            throws InterruptedException {
        try {
            for (LayerId layer : line) {
                files.require(layer);
            }
            return host.isPresent() ? probe.damage(line, host.get()) : Optional.empty();
        } catch (DriverException e) {
            return Optional.of(e);
        }
    }

    private static DriverException unreadable(SnapshotId id, List<PoolId> stores, List<DriverException> troubles) {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < stores.size(); i++) {
            words.add(stores.get(i) + ": " + troubles.get(i).getMessage());
        }
        Failure failure = troubles.get(0).failure();
        return DriverException.because(failure)
                .effect(Effect.NOT_APPLIED)
                .causedBy(troubles.get(0))
                .message("no copy of snapshot %s can be read: %s", id, String.join("; ", words));
    }
}
