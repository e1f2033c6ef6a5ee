package io.hvkit.powerflex.simulator.internal.array;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Brings back what an array knew in an earlier run, and has its files and devices follow. */
final class Recalling {

    private static final long KB = 1024;

    private final ArrayState state;
    private final Inventory inventory;

    Recalling(ArrayState state, Inventory inventory) {
        if (state.format() != ArrayState.FORMAT) {
            throw new IllegalStateException(
                    "format " + state.format() + " is not known, " + ArrayState.FORMAT + " alone is");
        }
        this.state = state;
        this.inventory = inventory;
    }

    /** Brings back all objects. */
    void objects(Mappings mappings) {
        inventory.countFrom(state.counters());
        mappings.restrict(state.restricted());
        for (ArrayState.Domain domain : state.domains()) {
            inventory.add(new ProtectionDomain(Ids.parse(domain.id()), domain.name(), domain.erasureCoding()));
        }
        state.pools().forEach(this::pool);
        state.hosts().forEach(host -> inventory.add(Sdc.of(host)));
        state.trees().forEach(this::tree);
        state.volumes().forEach(this::volume);
        state.volumes().forEach(this::ancestor);
    }

    private void pool(ArrayState.Pool state) {
        ProtectionDomain domain = inventory.domain(Ids.parse(state.domain()));
        StoragePool.Design design = new StoragePool.Design(
                domain.name(),
                domain.isErasureCoded(),
                state.name(),
                state.usableKb(),
                state.layout(),
                state.zeroPadding());
        StoragePool pool = inventory.add(new StoragePool(Ids.parse(state.id()), domain, design));
        state.troubles().forEach(pool::begin);
    }

    private void tree(ArrayState.Tree state) {
        VTree tree = inventory.add(new VTree(Ids.parse(state.id()), state.name(), storagePool(state.pool())));
        ArrayState.Journey journey = state.migration();
        String failure = state.failure();
        if (journey != null) {
            tree.migrate(Migration.of(journey, this::storagePool));
        } else if (failure != null) {
            tree.fail(failure);
        }
    }

    private StoragePool storagePool(String id) {
        return inventory.pool(Ids.parse(id));
    }

    private void volume(ArrayState.Disk state) {
        VTree tree = inventory.tree(Ids.parse(state.tree()));
        Volume volume =
                new Volume(Ids.parse(state.id()), tree, Instant.parse(state.created()), state.kind(), state.sizeKb());
        volume.rename(state.name());
        Optional.ofNullable(state.group()).map(Ids::parse).ifPresent(volume::takenIn);
        volume.limitAccess(state.accessModeLimit());
        volume.useReadCache(state.readCache());
        volume.compress(state.compression());
        volume.secureUntil(Instant.parse(state.securedUntil()));
        Optional.ofNullable(state.goneAt()).map(Instant::parse).ifPresent(volume::removeAt);
        if (state.replicated()) {
            volume.replicate();
        }
        for (ArrayState.Use use : state.mappings()) {
            Sdc sdc = inventory.sdc(Ids.parse(use.sdc()));
            volume.put(new Mapping(sdc, use.accessMode(), use.limitIops(), use.limitKbps()));
        }
        inventory.add(volume);
    }

    private void ancestor(ArrayState.Disk state) {
        Optional.ofNullable(state.ancestor())
                .map(id -> inventory.volume(Ids.parse(id)))
                .ifPresent(ancestor -> inventory.volume(Ids.parse(state.id())).takenFrom(ancestor));
    }

    /** Brings files in line with the objects, and shows hosts what is mapped to them. */
    void content(Backing backing) {
        Map<Long, Long> wanted = new HashMap<>();
        List<Volume> all = inventory.volumes();
        all.forEach(volume -> wanted.put(volume.id(), volume.sizeKb() * KB));
        Map<Long, Long> there = backing.recover(wanted);
        for (Volume volume : all) {
            volume.growTo(there.getOrDefault(volume.id(), 0L) / KB); // a growth that nobody was told of yet
            volume.mappings().forEach(mapping -> backing.mapped(volume.id(), volume.seenThrough(mapping)));
        }
    }
}
