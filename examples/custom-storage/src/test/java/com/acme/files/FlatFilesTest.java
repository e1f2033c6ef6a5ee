package com.acme.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.testkit.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the contract leaves to a plug-in: that it is found, who has a volume open, two hosts at the same moment, deaths half-way. */
class FlatFilesTest {

    private static final HostId HOST = new HostId("node1");
    private static final HostId DELETION = new HostId("deletion");

    @TempDir
    Path folder;

    @Test
    void itIsFoundByItsLineInMetaInf() {
        assertThat(StorageDrivers.discoveredBy(getClass().getClassLoader()).requireAll().types().list())
                .contains(FlatFiles.TYPE);
    }

    @Test
    void aDirectoryThatIsNotThereIsNotFoundAndNotMade() {
        DriverException e = catchThrowableOfType(DriverException.class, () -> open(folder.resolve("gone")));

        assertThat(e.failure()).isEqualTo(Failure.NOT_FOUND);
        assertThat(e).hasMessageContaining("gone");
        assertThat(folder.resolve("gone")).doesNotExist();
    }

    @Test
    void aVolumeThatAProcessHasOpenIsNotDeleted() throws Exception {
        try (StoragePool pool = open(folder)) {
            Volume volume = pool.create(CreateVolume.blank("data", ByteSize.mebibytes(1)));
            Path said = folder.resolve("said");
            Process process = new ProcessBuilder("qemu-io", "-f", "raw", folder.resolve("data.raw").toString())
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            try {
                process.getOutputStream().write("length\n".getBytes(StandardCharsets.US_ASCII));
                process.getOutputStream().flush();
                Await.until("it has the volume open", Duration.ofMinutes(1), () -> text(said).contains("1 MiB"));

                assertThat(failureOf(() -> pool.delete(volume.id()))).isEqualTo(Failure.IN_USE);
                assertThat(pool.list()).containsExactly(volume);
                assertThat(pool.uses(volume.id())).isEmpty();
            } finally {
                process.destroyForcibly().waitFor();
            }
            pool.delete(volume.id());
            assertThat(pool.list()).isEmpty();
        }
    }

    @Test
    void ofTwoHostsThatComeAtTheSameMomentAtMostOneGetsAVolume() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (StoragePool one = open(folder);
                StoragePool other = open(folder)) {
            Volume volume = one.create(CreateVolume.blank("data", ByteSize.mebibytes(1)));
            for (int round = 0; round < 200; round++) {
                CyclicBarrier start = new CyclicBarrier(2);
                List<Future<Integer>> both = threads.invokeAll(
                        List.of(attaching(one, volume, "node1", start), attaching(other, volume, "node2", start)));

                int got = both.get(0).get() + both.get(1).get();
                assertThat(got).isLessThanOrEqualTo(1);
                assertThat(one.uses(volume.id())).hasSize(got);
                one.detach(volume.id(), new HostId("node1"));
                one.detach(volume.id(), new HostId("node2"));
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static Callable<Integer> attaching(StoragePool pool, Volume volume, String host, CyclicBarrier start) {
        return () -> {
            start.await();
            try {
                pool.attach(volume.id(), new HostId(host));
                return 1;
            } catch (DriverException e) {
                assertThat(e.failure()).isEqualTo(Failure.IN_USE);
                return 0;
            }
        };
    }

    @Test
    void whereADeletionDiedItIsDoneAgainAndANewVolumeOfThatNameIsFree() throws Exception {
        try (StoragePool pool = open(folder)) {
            Volume volume = pool.create(CreateVolume.blank("data", ByteSize.mebibytes(1)));
            pool.attach(volume.id(), VolumeUse.by(DELETION)); // it dies here
            assertThat(failureOf(() -> pool.attach(volume.id(), HOST))).isEqualTo(Failure.IN_USE);
            pool.delete(volume.id());
            assertThat(pool.list()).isEmpty();

            Volume second = pool.create(CreateVolume.blank("data", ByteSize.mebibytes(1)));
            pool.attach(second.id(), VolumeUse.by(DELETION));
            Files.delete(folder.resolve("data.raw")); // or here
            Volume third = pool.create(CreateVolume.blank("data", ByteSize.mebibytes(1)));
            pool.attach(third.id(), HOST);
            assertThat(pool.uses(third.id())).isEqualTo(Set.of(VolumeUse.by(HOST)));
        }
    }

    private static StoragePool open(Path directory) throws InterruptedException {
        StorageDrivers drivers = StorageDrivers.discoveredBy(FlatFiles.class.getClassLoader());
        StoragePoolType type = drivers.types().require("Flat files");
        StorageDriver driver = drivers.forType(type);
        Options options = Options.parse(driver.options(), Map.of("directory", directory.toString()));
        return driver.open(new PoolId("flat"), type, options);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Call {
        void make() throws InterruptedException;
    }

    private static Failure failureOf(Call call) {
        return catchThrowableOfType(DriverException.class, call::make).failure();
    }
}
