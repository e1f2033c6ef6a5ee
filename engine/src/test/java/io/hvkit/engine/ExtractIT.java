package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.volume.Extraction;
import io.hvkit.engine.volume.PlaintextAuthorisation;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.qemu.TargetState;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.canary.Canary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A volume is extracted from a real directory by qemu-img, by engines that are killed at any moment. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class ExtractIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final ByteSize SIZE = ByteSize.mebibytes(8);
    private static final int ROUNDS = Boolean.getBoolean("hvkit.thorough") ? 40 : 1;
    private static final int LATEST_MILLIS = 800;

    @TempDir
    private Path folder;

    private RecordId<VolumeRecord> volume;

    @BeforeEach
    void make() throws Exception {
        for (String directory : List.of("left", "right", "out")) {
            Files.createDirectory(folder.resolve(directory));
        }
        MasterKeyFile.create(folder.resolve("kek"));
        byte[] content = new byte[Math.toIntExact(SIZE.bytes())];
        new Random(1).nextBytes(content);
        Files.write(folder.resolve("content"), content);
        volume = filled();
    }

    private RecordId<VolumeRecord> filled() throws Exception {
        try (HvKit hvkit = PendulumProgram.open(folder)) {
            PoolRecord left = PendulumProgram.pool(hvkit, folder, "left");
            VolumeRecord made = hvkit.volumes()
                    .create(VolumeRequest.blank("data", SIZE, left.id()).encrypted())
                    .await();
            try (JdbcCatalog catalog = catalog();
                    Secret key = vault(catalog).open(made.key().orElseThrow());
                    Stream<Path> files = Files.list(folder.resolve("left"))) {
                Path file = files.filter(each -> each.getFileName().toString().startsWith("hvkit-"))
                        .findAny()
                        .orElseThrow();
                QemuImg.probe(CommandRunner.local())
                        .convert(ConvertRequest.of(
                                        Image.raw(folder.resolve("content")),
                                        Image.luks(file).unlockedBy(key))
                                .onto(TargetState.EXISTS));
            }
            return made.id();
        }
    }

    private JdbcCatalog catalog() throws InterruptedException {
        return JdbcCatalog.file(folder.resolve("catalog.db"));
    }

    private KeyVault vault(JdbcCatalog catalog) {
        return new KeyVault(catalog, KeyProvider.file(folder.resolve("kek")), InstantSource.system());
    }

    @Test
    void whenever_an_engine_is_killed_the_file_is_not_there_or_whole_and_another_engine_finishes() throws Exception {
        long seed = Long.getLong("hvkit.seed", System.nanoTime());
        System.out.println("engines are killed by seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            String when = "seed " + seed + ", round " + round;
            killAfter(random.nextInt(LATEST_MILLIS), "export-" + round);
            if (Files.exists(file())) {
                checkFile(when);
            }
            try (HvKit hvkit = PendulumProgram.open(folder);
                    Secret given = ExtractProgram.given()) {
                Await.until("all operations have ended", PATIENCE, () -> {
                    hvkit.recover();
                    return hvkit.jobs().open().isEmpty();
                });

                Extraction made = hvkit.volumes()
                        .under("export-" + round)
                        .extract(ExtractProgram.request(hvkit, folder, volume).encryptedBy(given))
                        .await();

                assertThat(made.attestation()).as(when).isPresent();
            }
            checkFile(when);
            checkKeys(when);
            try (Stream<Path> out = Files.list(folder.resolve("out"))) {
                assertThat(out).as(when).containsExactly(file());
            }
            Files.delete(file());
        }
    }

    @Test
    void what_somebody_has_decided_lies_in_clear() throws Exception {
        try (HvKit hvkit = PendulumProgram.open(folder)) {
            hvkit.volumes()
                    .extract(ExtractProgram.request(hvkit, folder, volume)
                            .as(ImageFormat.RAW)
                            .inClear(new PlaintextAuthorisation("alice", "the customer moves out")))
                    .await();
        }
        assertThat(file()).hasSameBinaryContentAs(folder.resolve("content"));
    }

    private Path file() {
        return ExtractProgram.file(folder);
    }

    /** Lets an engine begin, and kills it a little later. */
    private void killAfter(int millis, String key) throws Exception {
        Path said = folder.resolve("said-" + key);
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ExtractProgram.class.getName(),
                        folder.toString(),
                        volume.value(),
                        key)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            Await.until(
                    "it begins",
                    PATIENCE,
                    () -> !process.isAlive() || text(said).contains("begun"),
                    () -> text(said));
            boolean hasEnded = process.waitFor(millis, TimeUnit.MILLISECONDS);
            assertThat(text(said)).as("ended: %s", hasEnded).contains("begun");
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private void checkFile(String when) throws Exception {
        QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
        try (Secret given = ExtractProgram.given();
                JdbcCatalog catalog = catalog()) {
            Image image = Image.qcow2(file());
            assertThat(qemuImg.compare(Image.raw(folder.resolve("content")), image.unlockedBy(given))
                            .isIdentical())
                    .as(when)
                    .isTrue();
            KeyRecord own = catalog.inTransaction(transaction -> transaction
                    .keys()
                    .require(transaction.volumes().require(volume).key().orElseThrow()));
            try (Secret key = vault(catalog).open(own.id());
                    Canary canary = Canary.planted(key, given)) {
                assertThat(qemuImg.unlocks(image.unlockedBy(key)))
                        .as("its own key, %s", when)
                        .isFalse();
                assertThat(canary.scanFiles(folder).findings()).as(when).isEmpty();
            }
        }
    }

    private void checkKeys(String when) throws InterruptedException {
        try (JdbcCatalog catalog = catalog()) {
            List<KeyRecord> active = catalog.inTransaction(
                    transaction -> transaction.keys().where(KeyRecord.STATE, KeyRecord.State.ACTIVE));
            assertThat(active).as(when).hasSize(1);
        }
    }

    private static String text(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
