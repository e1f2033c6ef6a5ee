package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.kvm.KvmEndPoint;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.CryptSetup;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.LuksHeader;
import io.hvkit.qemu.QemuImg;
import io.hvkit.storage.spi.CopyImage;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.testkit.canary.Canary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Volumes in a directory get other keys, and cryptsetup and qemu-img, which know nothing of engines, see which open them. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RekeyIT {

    private static final HostId READER = new HostId("reader");
    private static final long SEED = 20261126;

    @TempDir
    private Path folder;

    @BeforeEach
    void make() throws Exception {
        Files.createDirectory(folder.resolve("pool"));
        MasterKeyFile.create(folder.resolve("kek"));
        byte[] content = new byte[Math.toIntExact(ChurnProgram.SIZE.bytes())];
        new Random(SEED).nextBytes(content);
        Files.write(folder.resolve("content"), content);
    }

    @ParameterizedTest
    @EnumSource(names = {"RAW", "QCOW2"})
    void the_new_key_opens_a_volume_the_former_one_does_not_and_its_content_stays(ImageFormat format) throws Exception {
        try (HvKit hvkit = ChurnProgram.open(folder)) {
            PoolRecord pool = ChurnProgram.pool(hvkit, folder);
            VolumeRequest request = VolumeRequest.blank("root", ChurnProgram.SIZE, pool.id());
            VolumeRecord before =
                    hvkit.volumes().create(request.as(format).encrypted()).await();
            try (StoragePool directory = open(pool)) {
                fill(directory, before);
                LuksHeader header = header(directory, before);

                VolumeRecord after = hvkit.volumes().rekey(before.id()).await();

                assertThat(after.key()).isPresent().isNotEqualTo(before.key());
                check(directory, after, before.key().orElseThrow());
                assertThat(header(directory, after).activeKeySlots()).hasSize(1);
                assertThat(header(directory, after).opensSameDataAs(header))
                        .as("re-keying by slots does not encrypt anew")
                        .isTrue();
                assertThat(after.place().encryption().orElseThrow().attestation())
                        .isEqualTo(directory
                                .find(external(after))
                                .orElseThrow()
                                .attestation()
                                .orElseThrow());
            }
        }
    }

    @Test
    void a_volume_that_another_host_has_keeps_its_key() throws Exception {
        try (HvKit hvkit = ChurnProgram.open(folder)) {
            PoolRecord pool = ChurnProgram.pool(hvkit, folder);
            VolumeRequest request = VolumeRequest.blank("root", ChurnProgram.SIZE, pool.id());
            VolumeRecord volume = hvkit.volumes().create(request.encrypted()).await();
            try (StoragePool directory = open(pool)) {
                directory.attach(external(volume), VolumeUse.by(READER));

                DriverException refused = catchThrowableOfType(
                        DriverException.class,
                        () -> hvkit.volumes().rekey(volume.id()).await());

                assertThat(refused.failure()).as(refused.getMessage()).isEqualTo(Failure.IN_USE);
                directory.detach(external(volume), READER, VolumeUse.Reason.MACHINE);
                assertThat(hvkit.volumes().find(volume.id()).orElseThrow().key())
                        .isEqualTo(volume.key());
                assertThat(header(directory, volume).activeKeySlots()).hasSize(1);
            }
        }
    }

    private void check(StoragePool directory, VolumeRecord volume, RecordId<KeyRecord> former) throws Exception {
        Path path = path(directory, volume);
        boolean isLuks = volume.place().format() == ImageFormat.LUKS;
        Image image = isLuks ? Image.luks(path) : Image.qcow2(path);
        QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
        try (JdbcCatalog catalog = JdbcCatalog.file(folder.resolve("catalog.db"))) {
            KeyVault vault = new KeyVault(catalog, KeyProvider.file(folder.resolve("kek")), InstantSource.system());
            try (Secret now = vault.open(volume.key().orElseThrow());
                    Secret then = vault.open(former);
                    Canary canary = Canary.planted(now)) {
                assertThat(qemuImg.unlocks(image.unlockedBy(now))).isTrue();
                assertThat(qemuImg.unlocks(image.unlockedBy(then))).isFalse();
                if (isLuks) {
                    CryptSetup cryptSetup = CryptSetup.probe(CommandRunner.local());
                    assertThat(cryptSetup.unlocks(path, now)).isTrue();
                    assertThat(cryptSetup.unlocks(path, then)).isFalse();
                }
                assertThat(qemuImg.compare(Image.raw(folder.resolve("content")), image.unlockedBy(now))
                                .isIdentical())
                        .isTrue();
                assertThat(canary.scanFiles(folder).findings()).isEmpty();
            }
        }
    }

    /** Writes known bytes to a volume, with the key that it has. */
    private void fill(StoragePool directory, VolumeRecord volume) throws Exception {
        Attachment place =
                directory.attach(external(volume), VolumeUse.by(READER).because(VolumeUse.Reason.COPY));
        try (JdbcCatalog catalog = JdbcCatalog.file(folder.resolve("catalog.db"));
                EndPoint endPoint = KvmEndPoint.local(READER);
                Secret key = new KeyVault(catalog, KeyProvider.file(folder.resolve("kek")), InstantSource.system())
                        .open(volume.key().orElseThrow())) {
            DiskImage content = DiskImage.at(new Attachment.ImageFile(folder.resolve("content")), ImageFormat.RAW);
            DiskImage target = DiskImage.at(place, volume.place().format()).unlockedBy(key);
            assertThat(endPoint.images().copy(CopyImage.onto(content, target)).attestation())
                    .isPresent();
        } finally {
            directory.detach(external(volume), READER, VolumeUse.Reason.COPY);
        }
    }

    private static LuksHeader header(StoragePool directory, VolumeRecord volume) throws InterruptedException {
        return LuksHeader.read(path(directory, volume)).orElseThrow();
    }

    private static Path path(StoragePool directory, VolumeRecord volume) throws InterruptedException {
        VolumeUse use = VolumeUse.by(READER).because(VolumeUse.Reason.MAINTENANCE);
        Path path = directory.attach(external(volume), use).requirePath();
        directory.detach(external(volume), READER, VolumeUse.Reason.MAINTENANCE);
        return path;
    }

    private static VolumeId external(VolumeRecord volume) {
        return new VolumeId(volume.place().externalId().orElseThrow().value());
    }

    private StoragePool open(PoolRecord pool) throws InterruptedException {
        DirectoryPoolDriver driver = new DirectoryPoolDriver();
        Map<String, String> options = Map.of("path", folder.resolve("pool").toString());
        return driver.open(pool.poolId(), StoragePoolType.LOCAL_DIRECTORY, Options.parse(driver.options(), options));
    }
}
