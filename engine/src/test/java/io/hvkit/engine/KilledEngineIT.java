package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.LuksHeader;
import io.hvkit.qemu.QemuImg;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.canary.Canary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Engines over a real catalog and real files are killed at any moment; the next one makes all agree, and every key opens its volume. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class KilledEngineIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int ROUNDS = Boolean.getBoolean("hvkit.thorough") ? 60 : 3;

    @TempDir
    private Path folder;

    @BeforeEach
    void make() throws IOException {
        Files.createDirectory(folder.resolve("pool"));
        MasterKeyFile.create(folder.resolve("kek"));
    }

    @Test
    void whenever_an_engine_is_killed_the_next_one_finds_every_volume_whole_and_opens_it() throws Exception {
        long seed = Long.getLong("hvkit.seed", System.nanoTime());
        System.out.println("engines are killed by seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            killAfter(3 + random.nextInt(6), random.nextInt(300), seed + round);

            try (HvKit hvkit = ChurnProgram.open(folder)) {
                Await.until("all operations have ended", PATIENCE, () -> {
                    hvkit.recover();
                    return hvkit.jobs().open().isEmpty();
                });
                check(hvkit, "seed " + seed + ", round " + round);
                assertThat(hvkit.recover().findings()).isEmpty();
            }
        }
    }

    /** Lets an engine do some steps, and kills it a little later. */
    private void killAfter(int steps, int millis, long seed) throws Exception {
        Path said = folder.resolve("said-" + seed);
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ChurnProgram.class.getName(),
                        folder.toString(),
                        Long.toString(seed))
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            Await.until(steps + " steps", PATIENCE, () -> !process.isAlive() || lines(said) >= steps, () -> text(said));
            assertThat(process.isAlive()).as(text(said)).isTrue();
            assertThat(process.waitFor(millis, TimeUnit.MILLISECONDS))
                    .as("it goes on until it is killed: %s", text(said))
                    .isFalse();
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private void check(HvKit hvkit, String when) throws Exception {
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
                JdbcCatalog catalog = JdbcCatalog.file(folder.resolve("catalog.db"))) {
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
    private static void requireOpens(
            StoragePool directory, Volume volume, VolumeRecord record, KeyVault vault, String when)
            throws InterruptedException {
        VolumeUse use = VolumeUse.by(new HostId("reader")).because(VolumeUse.Reason.MAINTENANCE);
        Path path = directory.attach(volume.id(), use).requirePath();
        assertThat(LuksHeader.read(path).orElseThrow().activeKeySlots())
                .as("one key opens it, %s, %s", record, when)
                .hasSize(1);
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
        } finally {
            directory.detach(volume.id(), use.host(), use.reason());
        }
    }

    /** Neither the catalog nor its log, nor what the engines said, nor a header has a key in it. */
    private void requireNowhere(KeyVault vault, VolumeRecord record, String when) throws InterruptedException {
        try (Secret key = vault.open(record.key().orElseThrow());
                Canary canary = Canary.planted(key)) {
            assertThat(canary.scanFiles(folder).findings()).as(when).isEmpty();
        }
    }

    private static long lines(Path file) {
        return text(file).lines().filter(line -> line.startsWith("step ")).count();
    }

    private static String text(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
