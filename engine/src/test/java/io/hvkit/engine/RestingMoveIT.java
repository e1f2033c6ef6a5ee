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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A volume with which no machine runs moves between real directories, by engines that are killed at any moment. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RestingMoveIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final ByteSize SIZE = ByteSize.mebibytes(8);
    private static final int ROUNDS = Boolean.getBoolean("hvkit.thorough") ? 60 : 1;
    private static final int LATEST_MILLIS = 1500;

    @TempDir
    private Path folder;

    @BeforeEach
    void make() throws IOException {
        Files.createDirectory(folder.resolve("left"));
        Files.createDirectory(folder.resolve("right"));
        MasterKeyFile.create(folder.resolve("kek"));
        byte[] content = new byte[Math.toIntExact(SIZE.bytes())];
        new Random(1).nextBytes(content);
        Files.write(folder.resolve("content"), content);
    }

    @Test
    void whenever_an_engine_is_killed_the_volume_is_whole_at_one_place_and_its_own_key_opens_it() throws Exception {
        long seed = Long.getLong("hvkit.seed", System.nanoTime());
        System.out.println("engines are killed by seed " + seed);
        Random random = new Random(seed);
        RecordId<VolumeRecord> volume = filled();
        for (int round = 0; round < ROUNDS; round++) {
            killAfter(random.nextInt(LATEST_MILLIS), volume, round);

            try (HvKit hvkit = PendulumProgram.open(folder)) {
                Await.until("all operations have ended", PATIENCE, () -> {
                    hvkit.recover();
                    return hvkit.jobs().open().isEmpty();
                });
                check(hvkit, volume, "seed " + seed + ", round " + round);
                if (round == ROUNDS - 1) {
                    VolumeRecord moved = PendulumProgram.swing(hvkit, folder, volume);
                    assertThat(moved.second()).isEmpty();
                    check(hvkit, volume, "moved on after seed " + seed);
                }
            }
        }
    }

    private RecordId<VolumeRecord> filled() throws Exception {
        try (HvKit hvkit = PendulumProgram.open(folder)) {
            PoolRecord left = PendulumProgram.pool(hvkit, folder, "left");
            VolumeRecord volume = hvkit.volumes()
                    .create(VolumeRequest.blank("data", SIZE, left.id()).encrypted())
                    .await();
            try (JdbcCatalog catalog = JdbcCatalog.file(folder.resolve("catalog.db"));
                    Secret key = vault(catalog).open(volume.key().orElseThrow())) {
                Image file = Image.luks(files("left").get(0)).unlockedBy(key);
                QemuImg.probe(CommandRunner.local())
                        .convert(ConvertRequest.of(Image.raw(folder.resolve("content")), file)
                                .onto(TargetState.EXISTS));
            }
            return volume.id();
        }
    }

    /** Lets an engine move the volume at least once, and kills it a little later. */
    private void killAfter(int millis, RecordId<VolumeRecord> volume, int round) throws Exception {
        Path said = folder.resolve("said-" + round);
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PendulumProgram.class.getName(),
                        folder.toString(),
                        volume.value())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            Await.until(
                    "a move", PATIENCE, () -> !process.isAlive() || text(said).contains("move 0"), () -> text(said));
            assertThat(process.waitFor(millis, TimeUnit.MILLISECONDS))
                    .as("it goes on until it is killed: %s", text(said))
                    .isFalse();
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private void check(HvKit hvkit, RecordId<VolumeRecord> id, String when) throws Exception {
        VolumeRecord record = hvkit.volumes().find(id).orElseThrow();
        assertThat(record.state()).as(when).isEqualTo(VolumeRecord.State.READY);
        assertThat(record.second()).as(when).isEmpty();
        boolean isLeft = record.place()
                .pool()
                .equals(PendulumProgram.pool(hvkit, folder, "left").id());
        assertThat(files(isLeft ? "right" : "left")).as(when).isEmpty();
        assertThat(files(isLeft ? "left" : "right")).as(when).hasSize(1);
        Path file = files(isLeft ? "left" : "right").get(0);
        try (JdbcCatalog catalog = JdbcCatalog.file(folder.resolve("catalog.db"))) {
            assertThat(keys(catalog, KeyRecord.State.ACTIVE))
                    .as(when)
                    .containsExactly(record.key().orElseThrow());
            QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
            Image image = record.place().format() == ImageFormat.QCOW2 ? Image.qcow2(file) : Image.luks(file);
            try (Secret key = vault(catalog).open(record.key().orElseThrow());
                    Canary canary = Canary.planted(key)) {
                assertThat(qemuImg.compare(Image.raw(folder.resolve("content")), image.unlockedBy(key))
                                .isIdentical())
                        .as(when)
                        .isTrue();
                assertThat(canary.scanFiles(folder).findings()).as(when).isEmpty();
            }
            for (RecordId<KeyRecord> former : keys(catalog, KeyRecord.State.RETIRED)) {
                try (Secret key = vault(catalog).open(former)) {
                    assertThat(qemuImg.unlocks(image.unlockedBy(key))).as(when).isFalse();
                }
            }
        }
    }

    private KeyVault vault(JdbcCatalog catalog) {
        return new KeyVault(catalog, KeyProvider.file(folder.resolve("kek")), InstantSource.system());
    }

    private static List<RecordId<KeyRecord>> keys(JdbcCatalog catalog, KeyRecord.State state)
            throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.keys().where(KeyRecord.STATE, state).stream()
                .map(KeyRecord::id)
                .toList());
    }

    private List<Path> files(String pool) throws IOException {
        try (var files = Files.list(folder.resolve(pool))) {
            return files.filter(file -> file.getFileName().toString().startsWith("hvkit-"))
                    .filter(Files::isRegularFile)
                    .toList();
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
