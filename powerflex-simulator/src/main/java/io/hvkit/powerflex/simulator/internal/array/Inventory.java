package io.hvkit.powerflex.simulator.internal.array;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** All objects of a system. Used under the array's lock. */
public final class Inventory {

    private final Ids ids;
    private final Map<Long, ProtectionDomain> domains = new LinkedHashMap<>();
    private final Map<Long, StoragePool> pools = new LinkedHashMap<>();
    private final Map<Long, Sdc> sdcs = new LinkedHashMap<>();
    private final Map<Long, VTree> trees = new LinkedHashMap<>();
    private final Map<Long, Volume> volumes = new LinkedHashMap<>();

    Inventory(Ids ids) {
        this.ids = ids;
    }

    Map<String, Integer> counters() {
        return ids.counters();
    }

    void countFrom(Map<String, Integer> counters) {
        ids.countFrom(counters);
    }

    public Collection<ProtectionDomain> domains() {
        return domains.values();
    }

    public Collection<StoragePool> pools() {
        return pools.values();
    }

    public Collection<Sdc> sdcs() {
        return sdcs.values();
    }

    public Collection<VTree> trees() {
        return trees.values();
    }

    /** Returns all volumes and snapshots but those that are being removed. */
    public List<Volume> volumes() {
        return volumes.values().stream().filter(one -> !one.isBeingRemoved()).toList();
    }

    public List<Volume> volumesOf(VTree tree) {
        return volumes().stream().filter(one -> one.tree().id() == tree.id()).toList();
    }

    public List<Volume> volumesIn(StoragePool pool) {
        return volumes().stream()
                .filter(one -> one.tree().pool().id() == pool.id())
                .toList();
    }

    public List<Volume> volumesOn(Sdc sdc) {
        return volumes().stream().filter(one -> one.mapping(sdc).isPresent()).toList();
    }

    public List<Volume> childrenOf(Volume volume) {
        return volumes().stream()
                .filter(one ->
                        one.ancestor().filter(from -> from.id() == volume.id()).isPresent())
                .toList();
    }

    /** Returns what was taken from a volume, and from that, and so on. */
    public List<Volume> descendantsOf(Volume volume) {
        List<Volume> found = new ArrayList<>();
        for (Volume child : childrenOf(volume)) {
            found.add(child);
            found.addAll(descendantsOf(child));
        }
        return found;
    }

    /** Returns all volumes, those too that are being removed. */
    public Collection<Volume> everyVolume() {
        return volumes.values();
    }

    List<Volume> beingRemoved() {
        return volumes.values().stream().filter(Volume::isBeingRemoved).toList();
    }

    /** Returns how many volumes of a pool are on their way out. */
    public long removalsIn(StoragePool pool) {
        return beingRemoved().stream()
                .filter(one -> one.tree().pool().id() == pool.id())
                .count();
    }

    public ProtectionDomain domain(long id) {
        return found(domains.get(id), ArrayError.DOMAIN_NOT_FOUND);
    }

    public StoragePool pool(long id) {
        return found(pools.get(id), ArrayError.POOL_NOT_FOUND);
    }

    public Sdc sdc(long id) {
        return found(sdcs.get(id), ArrayError.SDC_NOT_FOUND);
    }

    public VTree tree(long id) {
        return found(trees.get(id), ArrayError.VTREE_NOT_FOUND);
    }

    /** Returns a volume; refuses one that is being removed with the error of its own. */
    public Volume volume(long id) {
        Volume volume = found(volumes.get(id), ArrayError.VOL_NOT_FOUND);
        if (volume.isBeingRemoved()) {
            throw new ArrayException(ArrayError.VOL_REMOVE_IN_PROGRESS);
        }
        return volume;
    }

    public Volume volumeNamed(String name) {
        return found(findVolume(name), ArrayError.VOL_NOT_FOUND);
    }

    Optional<Volume> findVolume(String name) {
        return volumes().stream()
                .filter(one -> one.name().filter(name::equals).isPresent())
                .findFirst();
    }

    public ProtectionDomain domainNamed(String name) {
        return found(
                domains.values().stream().filter(one -> one.name().equals(name)).findFirst(),
                ArrayError.DOMAIN_NOT_FOUND);
    }

    public StoragePool poolNamed(ProtectionDomain domain, String name) {
        return found(
                pools.values().stream()
                        .filter(one -> one.domain().equals(domain) && one.name().equals(name))
                        .findFirst(),
                ArrayError.POOL_NOT_FOUND);
    }

    public Sdc sdcNamed(String name) {
        return found(
                sdcs.values().stream()
                        .filter(one -> one.name().filter(name::equals).isPresent())
                        .findFirst(),
                ArrayError.SDC_NOT_FOUND);
    }

    public Sdc sdcWithGuid(String guid) {
        return found(
                sdcs.values().stream()
                        .filter(one -> one.guid().equalsIgnoreCase(guid))
                        .findFirst(),
                ArrayError.SDC_NOT_FOUND);
    }

    public Sdc sdcAt(String ip) {
        List<Sdc> there =
                sdcs.values().stream().filter(one -> one.ip().equals(ip)).toList();
        if (there.size() > 1) {
            throw new ArrayException(ArrayError.DUPLICATE_SDC_IP);
        }
        return found(there.stream().findFirst(), ArrayError.SDC_NOT_FOUND);
    }

    ProtectionDomain addDomain(String name, boolean erasureCoded) {
        return add(new ProtectionDomain(ids.next("ProtectionDomain"), name, erasureCoded));
    }

    ProtectionDomain add(ProtectionDomain domain) {
        domains.put(domain.id(), domain);
        return domain;
    }

    StoragePool add(StoragePool pool) {
        pools.put(pool.id(), pool);
        return pool;
    }

    VTree add(VTree tree) {
        trees.put(tree.id(), tree);
        return tree;
    }

    Volume add(Volume volume) {
        volumes.put(volume.id(), volume);
        return volume;
    }

    Sdc add(Sdc sdc) {
        sdcs.put(sdc.id(), sdc);
        return sdc;
    }

    void remove(Sdc sdc) {
        sdcs.remove(sdc.id());
    }

    /** Forgets a volume, and its tree with the last one. */
    void forget(Volume volume) {
        volumes.remove(volume.id());
        if (volumes.values().stream()
                .noneMatch(one -> one.tree().id() == volume.tree().id())) {
            trees.remove(volume.tree().id());
        }
    }

    long nextId(String kind) {
        return ids.next(kind);
    }

    private static <T> T found(Optional<T> object, ArrayError otherwise) {
        return object.orElseThrow(() -> new ArrayException(otherwise));
    }

    private static <T> T found(@Nullable T object, ArrayError otherwise) {
        if (object == null) {
            throw new ArrayException(otherwise);
        }
        return object;
    }
}
