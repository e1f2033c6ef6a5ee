package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.LuksHeader;
import io.hvkit.qemu.QemuImg;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.testkit.canary.Canary;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What {@link ChurnProgram} left: catalog and directory agree, and each key opens its volume and is nowhere.
 *
 * @param folder where the directory and the master keys are
 * @param place where the catalog is
 */
record VolumesInDirectory(Path folder, String place) {

    static VolumesInDirectory of(Path folder, String place) {
        return new VolumesInDirectory(folder, place);
    }

    /** Looks at all of them; no operation is open. */
    void check(HvKit hvkit, String when) throws Exception {
        PoolRecord pool = ChurnProgram.pool(hvkit, folder);
        List<VolumeRecord> records = hvkit.volumes().page(Optional.empty(), 100);
        assertThat(records)
                .as(when)
                .isNotEmpty()
                .allMatch(record -> record.state() == VolumeRecord.State.READY)
                .allMatch(record -> record.second().isEmpty());
        DirectoryPoolDriver driver = new DirectoryPoolDriver();
        Options options = Options.parse(
                driver.options(), Map.of("path", folder.resolve("pool").toString()));
        try (StoragePool directory = driver.open(pool.poolId(), StoragePoolType.LOCAL_DIRECTORY, options);
                JdbcCatalog catalog = Databases.open(place)) {
            assertThat(directory.list().stream().map(volume -> volume.id().value()))
                    .as(when)
                    .containsExactlyInAnyOrderElementsOf(records.stream()
                            .map(record -> record.place()
                                    .externalId()
                                    .map(ExternalId::value)
                                    .orElseThrow())
                            .toList());
            KeyVault vault = new KeyVault(catalog, KeyProvider.file(folder.resolve("kek")), InstantSource.system());
            for (VolumeRecord record : records) {
                Volume volume = directory.list().stream()
                        .filter(known -> known.id()
                                .value()
                                .equals(record.place()
                                        .externalId()
                                        .orElseThrow()
                                        .value()))
                        .findAny()
                        .orElseThrow();
                requireOpens(directory, volume, record, vault, when);
                requireNowhere(vault, record, when);
            }
        }
    }

    /** Reading every byte takes the key, by a program that knows nothing of engines. */
    private void requireOpens(StoragePool directory, Volume volume, VolumeRecord record, KeyVault vault, String when)
            throws InterruptedException {
        VolumeUse use = VolumeUse.by(new HostId("reader")).because(VolumeUse.Reason.MAINTENANCE);
        Path path = directory.attach(volume.id(), use).requirePath();
        try (Secret key = vault.open(record.key().orElseThrow())) {
            Image image = (record.place().format() == ImageFormat.QCOW2 ? Image.qcow2(path) : Image.luks(path))
                    .unlockedBy(key);
            ByteSize seen = QemuImg.probe(CommandRunner.local()).info(image).virtualSize();
            assertThat(seen).as("%s, %s", record, when).isEqualTo(record.size());
            assertThat(QemuImg.probe(CommandRunner.local())
                            .compare(image, image)
                            .isIdentical())
                    .as("%s, %s", record, when)
                    .isTrue();
            if (LuksHeader.read(path).orElseThrow().activeKeySlots().size() > 1) { // two may have put in the same one
                requireNoOtherOpens(image, vault, when);
            }
        } finally {
            directory.detach(volume.id(), use.host(), use.reason());
        }
    }

    private void requireNoOtherOpens(Image image, KeyVault vault, String when) throws InterruptedException {
        try (JdbcCatalog catalog = Databases.open(place)) {
            List<KeyRecord> retired = catalog.inTransaction(
                    transaction -> transaction.keys().where(KeyRecord.STATE, KeyRecord.State.RETIRED));
            for (KeyRecord key : retired) {
                try (Secret former = vault.open(key.id())) {
                    assertThat(QemuImg.probe(CommandRunner.local()).unlocks(image.unlockedBy(former)))
                            .as("key %s, which nothing refers to, opens %s, %s", key, image, when)
                            .isFalse();
                }
            }
        }
    }

    /** Neither the catalog nor its log, nor what the engines said, nor a header has a key in it. */
    private void requireNowhere(KeyVault vault, VolumeRecord record, String when) throws InterruptedException {
        try (Secret key = vault.open(record.key().orElseThrow());
                Canary canary = Canary.planted(key)) {
            assertThat(canary.scanFiles(folder).findings()).as(when).isEmpty();
        }
    }
}
