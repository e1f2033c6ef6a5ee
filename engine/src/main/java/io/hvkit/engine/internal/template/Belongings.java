package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.VolumeRecord.Place;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.volume.Ground;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whose what a pool has is, as far as the catalog knows, within one transaction. A thing is known by the id that its pool gave it, and by the
 * name that it is made under, since what is being made has no id in the catalog yet. Storage may have brought a volume to a pool beside its own,
 * so that those under the same parent count as one.
 */
public final class Belongings {

    private final Transaction transaction;
    private final Map<RecordId<PoolRecord>, Owners> read = new HashMap<>();

    /** Knows what a transaction sees. */
    public Belongings(Transaction transaction) {
        this.transaction = transaction;
    }

    /** What is known of a pool; volumes and layers do not change in this transaction, so that each pool is read once. */
    private static final class Owners {
        private final Map<String, String> byId = new HashMap<>();
        private final Map<String, String> byName = new HashMap<>();

        void add(Place place, RecordId<VolumeRecord> volume, String what) {
            place.externalId().map(ExternalId::value).ifPresent(id -> byId.put(id, what));
            byName.put(Ground.nameAt(place, volume), what);
        }

        Optional<String> of(VolumeId id, String name) {
            return Optional.ofNullable(byId.get(id.value())).or(() -> Optional.ofNullable(byName.get(name)));
        }
    }

    /** Returns whether something is the engine's, be it a volume, a layer of a backup or a copy of a template. */
    public boolean has(RecordId<PoolRecord> pool, VolumeId id, String name) {
        return whose(pool, id, name, "").isPresent(); // no template has that name
    }

    /**
     * Returns what something is, in words, if it is the engine's.
     *
     * @param template the name of the template whose copy it may be
     */
    Optional<String> whose(RecordId<PoolRecord> pool, VolumeId id, String name, String template) {
        return read.computeIfAbsent(pool, this::owners).of(id, name).or(() -> copyOf(pool, id, name, template));
    }

    private Owners owners(RecordId<PoolRecord> pool) {
        Owners owners = new Owners();
        for (RecordId<PoolRecord> each : besides(pool)) {
            for (VolumeRecord volume : transaction.volumes().where(VolumeRecord.POOL, each)) {
                owners.add(volume.place(), volume.id(), "it is volume " + volume.name());
            }
            for (VolumeRecord volume : transaction.volumes().where(VolumeRecord.SECOND_POOL, each)) {
                Place second = volume.second().orElseThrow().place();
                owners.add(second, volume.id(), "it is another copy of volume " + volume.name());
            }
        }
        for (BackupRecord layer : transaction.backups().where(BackupRecord.STORE, pool)) {
            owners.byName.put(layerName(pool, layer), "it is a layer of a backup, " + layer.name());
        }
        return owners;
    }

    /** Under what name the file of a layer is made: the record's is {@code STORE/LAYER}. */
    private static String layerName(RecordId<PoolRecord> store, BackupRecord layer) {
        String own = layer.name().substring(store.value().length() + 1);
        return Ground.nameIn(store, new RecordId<VolumeRecord>(own), 0);
    }

    private List<RecordId<PoolRecord>> besides(RecordId<PoolRecord> pool) {
        List<RecordId<PoolRecord>> all = new ArrayList<>(List.of(pool));
        transaction
                .pools()
                .find(pool)
                .flatMap(PoolRecord::membership)
                .ifPresent(in -> transaction.pools().where(PoolRecord.PARENT, in.parent()).stream()
                        .map(PoolRecord::id)
                        .filter(other -> !other.equals(pool))
                        .forEach(all::add));
        return all;
    }

    /** Copies are kept in this transaction, so that they are looked for each time. */
    private Optional<String> copyOf(RecordId<PoolRecord> pool, VolumeId id, String name, String template) {
        for (TemplateCopyRecord copy : transaction.templateCopies().where(TemplateCopyRecord.POOL, pool)) {
            boolean isThis = copy.place()
                            .externalId()
                            .filter(known -> known.value().equals(id.value()))
                            .isPresent()
                    || TemplateGround.nameIn(pool, copy.template()).equals(name);
            TemplateRecord of = transaction.templates().require(copy.template());
            if (isThis && !of.name().equals(template)) {
                return Optional.of("it is a copy of template " + of.name());
            }
        }
        return Optional.empty();
    }
}
