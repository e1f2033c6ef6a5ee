package io.hvkit.engine.internal.cluster;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.SecretSource;
import io.hvkit.engine.internal.inventory.Connections;
import io.hvkit.storage.spi.PoolChild;
import io.hvkit.storage.spi.StoragePool;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Opens children that are to be added, as they would be opened once they are: nothing becomes a pool that does not answer. */
record ChildOpening(Connections connections, PoolRecord parent, Map<String, SecretSource> secrets) {

    /** Returns what is wrong with each of these that cannot be opened, or is another one than was told. */
    Map<PoolChild, String> troubles(List<PoolChild> children) throws InterruptedException {
        Map<PoolChild, String> troubles = new LinkedHashMap<>();
        for (PoolChild child : children) {
            trouble(child).ifPresent(trouble -> troubles.put(child, trouble));
        }
        return troubles;
    }

    private Optional<String> trouble(PoolChild child) throws InterruptedException {
        PoolRecord record = ChildRecords.fresh(parent, child, Set.of(), Instant.EPOCH);
        try (StoragePool open = connections.open(record, secrets)) {
            Optional<String> identity = open.identity();
            open.statistics();
            return identity.equals(Optional.of(child.identity()))
                    ? Optional.empty()
                    : Optional.of(
                            "is told as " + child.identity() + " and opens as " + identity.orElse("nothing known"));
        } catch (DriverException e) {
            return Optional.of("does not answer: " + e.getMessage());
        }
    }

    /** Fails unless nothing is wrong with any of these. */
    void requireAll(List<PoolChild> children) throws InterruptedException {
        Map<PoolChild, String> troubles = troubles(children);
        if (!troubles.isEmpty()) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message(
                            "%s is not added, and nothing was changed: %s",
                            parent.name(),
                            String.join(
                                    "; ",
                                    troubles.entrySet().stream()
                                            .map(each -> each.getKey().name() + " " + each.getValue())
                                            .toList()));
        }
    }
}
