package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.ChainRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.LogicalSnapshot;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Judges what volumes are made of: templates, and the layers of snapshots. */
record ChaosImages(ChaosSight sight) {

    void check() throws InterruptedException {
        checkTemplates();
        Map<RecordId<BackupRecord>, BackupRecord> layers = layers();
        for (SnapshotRecord snapshot : sight.all(Transaction::snapshots)) {
            assertThat(snapshot.chained().orElseThrow().state())
                    .as(sight.story(snapshot.name(), snapshot.name() + " "))
                    .isIn(SnapshotRecord.State.BACKED_UP, SnapshotRecord.State.DESTROYED);
        }
        try (ChaosEngine engine = sight.world.engine("oracle")) {
            for (ChainRecord chain : sight.all(Transaction::chains)) {
                for (Snapshot snapshot : engine.hvkit().snapshots().list(chain.volume())) {
                    if (snapshot.state() == LogicalSnapshot.State.BACKED_UP) {
                        check(layers, snapshot);
                    }
                }
            }
        }
    }

    private void checkTemplates() throws InterruptedException {
        Map<RecordId<TemplateRecord>, TemplateRecord> templates = new HashMap<>();
        sight.all(Transaction::templates).forEach(template -> templates.put(template.id(), template));
        templates.values().forEach(template -> template.key().ifPresent(sight::need));
        for (TemplateCopyRecord copy : sight.all(Transaction::templateCopies)) {
            TemplateRecord template = templates.get(copy.template());
            assertThat(template).as("template of %s, %s", copy, sight.when).isNotNull();
            String of = template.name();
            assertThat(copy.state()).as(sight.story(of, of)).isEqualTo(TemplateCopyRecord.State.READY);
            ChaosArray.Thing thing = sight.thing(copy.place(), of);
            sight.checkLock(thing, template.key(), of);
            assertThat(thing.uses)
                    .as(sight.story("uses of " + of, of, thing.name))
                    .isEmpty();
            sight.checkContent(sight.world.memory.template(of), ChaosArray.read(thing.file), of);
        }
    }

    /** Returns the layers of all snapshots, each of which is whole. */
    private Map<RecordId<BackupRecord>, BackupRecord> layers() throws InterruptedException {
        Map<RecordId<BackupRecord>, BackupRecord> layers = new HashMap<>();
        for (BackupRecord row : sight.all(Transaction::backups)) {
            layers.put(row.id(), row);
            assertThat(row.layer().orElseThrow().state())
                    .as(sight.story("layer " + row.name(), SnapshotNames.imageOf(row)))
                    .isEqualTo(BackupRecord.State.READY);
            ChaosArray.Thing thing = image(row);
            sight.checkLock(thing, row.key(), "layer " + row.name());
            assertThat(thing.uses)
                    .as(sight.story("uses of " + row.name(), thing.name))
                    .isEmpty();
        }
        return layers;
    }

    private ChaosArray.Thing image(BackupRecord row) {
        return sight.named(row.layer().orElseThrow().store(), SnapshotNames.imageOf(row), "layer " + row.name());
    }

    /** A snapshot holds the same in each store that has it. */
    private void check(Map<RecordId<BackupRecord>, BackupRecord> layers, Snapshot snapshot) {
        int found = 0;
        for (PoolRecord store : sight.world.stores) {
            Optional<LayerId> top = snapshot.chained().replicaIn(store.poolId()).map(replica -> replica.layer());
            if (top.isPresent()) {
                found++;
                sight.checkContent(
                        sight.world.memory.snapshot(snapshot.name()),
                        content(layers, top.get()),
                        snapshot.name() + " ");
            }
        }
        assertThat(found)
                .as(sight.story("stores that have " + snapshot.name(), snapshot.name() + " "))
                .isPositive();
    }

    /** Returns what is read of a layer: what the first holds of it and those below that holds something. */
    private long content(Map<RecordId<BackupRecord>, BackupRecord> layers, LayerId top) {
        Optional<BackupRecord> row = layers.values().stream()
                .filter(known -> known.name().equals(top.toString()))
                .findAny();
        while (row.isPresent()) {
            long content = ChaosArray.read(image(row.get()).file);
            if (content != 0) {
                return content;
            }
            row = row.get().layer().orElseThrow().parent().map(layers::get);
        }
        return 0;
    }
}
