package io.hvkit.powerflex.simulator.internal.array;

import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Writes down what an array knows. */
final class Remembering {

    private Remembering() {}

    static ArrayState of(Inventory inventory, Mappings mappings, Instant now) {
        return new ArrayState(
                ArrayState.FORMAT,
                now.toString(),
                inventory.counters(),
                mappings.isRestricted(),
                each(inventory.domains(), Remembering::domain),
                each(inventory.pools(), Remembering::pool),
                each(inventory.sdcs(), Remembering::host),
                each(inventory.trees(), Remembering::tree),
                each(inventory.everyVolume(), Remembering::volume));
    }

    private static <T, R> List<R> each(Collection<T> all, Function<T, R> state) {
        return all.stream().map(state).toList();
    }

    private static ArrayState.Domain domain(ProtectionDomain domain) {
        return new ArrayState.Domain(Ids.text(domain.id()), domain.name(), domain.isErasureCoded());
    }

    private static ArrayState.Pool pool(StoragePool pool) {
        return new ArrayState.Pool(
                Ids.text(pool.id()),
                pool.name(),
                Ids.text(pool.domain().id()),
                pool.usableKb(),
                pool.layout(),
                pool.isZeroPadded(),
                Arrays.stream(StoragePool.Trouble.values()).filter(pool::isIn).toList());
    }

    private static ArrayState.Host host(Sdc sdc) {
        return new ArrayState.Host(
                Ids.text(sdc.id()),
                sdc.host(),
                sdc.guid(),
                sdc.ip(),
                sdc.name().orElse(null),
                sdc.isConnected(),
                sdc.isApproved(),
                sdc.profile());
    }

    private static ArrayState.Tree tree(VTree tree) {
        return new ArrayState.Tree(
                Ids.text(tree.id()),
                tree.name(),
                Ids.text(tree.pool().id()),
                tree.failure().orElse(null),
                tree.migration().map(Migration::state).orElse(null));
    }

    private static ArrayState.Disk volume(Volume volume) {
        return new ArrayState.Disk(
                Ids.text(volume.id()),
                volume.name().orElse(null),
                Ids.text(volume.tree().id()),
                volume.created().toString(),
                volume.kind(),
                volume.sizeKb(),
                ancestor(volume),
                group(volume),
                volume.accessModeLimit(),
                volume.usesReadCache(),
                volume.compression(),
                volume.securedUntil().toString(),
                volume.goneAt().map(Instant::toString).orElse(null),
                volume.isReplicated(),
                each(volume.mappings(), Remembering::mapping));
    }

    /** What is being removed hangs on nothing any more: its ancestor may be gone before it. */
    private static @Nullable String ancestor(Volume volume) {
        return volume.ancestor()
                .filter(one -> !volume.isBeingRemoved())
                .map(one -> Ids.text(one.id()))
                .orElse(null);
    }

    private static @Nullable String group(Volume volume) {
        return volume.group().isPresent() ? Ids.text(volume.group().getAsLong()) : null;
    }

    private static ArrayState.Use mapping(Mapping mapping) {
        return new ArrayState.Use(
                Ids.text(mapping.sdc().id()), mapping.accessMode(), mapping.limitIops(), mapping.limitKbps());
    }
}
