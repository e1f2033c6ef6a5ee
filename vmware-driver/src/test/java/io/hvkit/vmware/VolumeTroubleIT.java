package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Recovery;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sixteen volumes at once on a vCenter that fails one call in ten, loses answers and ends sessions. */
@Tag("campaign")
@Timeout(1200) // sixteen times ten lives, on a machine that does other things, too
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class VolumeTroubleIT {

    private static final int THREADS = 16;
    private static final int LIVES = Boolean.getBoolean("hvkit.thorough") ? 10 : 1;
    private static final int PATIENCE = 60;
    private static final ByteSize SIZE = ByteSize.mebibytes(1);

    private DatastoreJudged datastore;

    @BeforeEach
    void start() throws InterruptedException {
        datastore = DatastoreJudged.start();
    }

    @AfterEach
    void stop() {
        datastore.close();
    }

    /** Repeats a call as the SPI says that callers do. */
    private static <T> T untilDone(Callable<T> step) throws Exception {
        for (int attempt = 1; ; attempt++) {
            try {
                return step.call();
            } catch (DriverException e) {
                if (attempt == PATIENCE || e.recovery() != Recovery.RETRY_WITH_BACKOFF) {
                    throw e;
                }
            }
        }
    }

    @Test
    void no_disk_is_there_twice_and_nothing_is_left() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        StoragePool pool = datastore.open();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> lives = new ArrayList<>();
        datastore.vmware().vcenter().chaos(10, seed);

        for (int i = 0; i < THREADS; i++) {
            String name = "trouble-" + i;
            HostId host = new HostId("esx-" + i);
            lives.add(threads.submit(() -> {
                for (int life = 1; life <= LIVES; life++) {
                    live(pool, name, host, SIZE.plus(ByteSize.mebibytes(life)));
                }
                return null;
            }));
        }
        for (Future<?> life : lives) {
            life.get();
        }
        threads.shutdown();
        datastore.vmware().vcenter().reset();

        assertThat(pool.list()).isEmpty();
        pool.close();
        try (Stream<Path> left = Files.walk(Path.of(datastore.vmware().vcenter().local("[LocalDS_0] hvkit")))) {
            assertThat(left).as("what is left of any volume").hasSize(1);
        }
        datastore.vmware().admin().close();
        assertThat(datastore.vmware().vcenter().count("lost")).isGreaterThan(10);
        for (String left : List.of("sessions", "objects", "abandoned", "tokens", "leases")) {
            assertThat(datastore.vmware().vcenter().count(left)).as(left).isZero();
        }
    }

    private void live(StoragePool pool, String name, HostId host, ByteSize grown) throws Exception {
        CreateVolume request = CreateVolume.blank(name, SIZE).as(ImageFormat.VMDK);
        VolumeId id = untilDone(() -> pool.create(request)).id();
        datastore.write(id, (byte) name.hashCode());
        Attachment place = untilDone(() -> pool.attach(id, host));
        assertThat(untilDone(() -> pool.attach(id, VolumeUse.by(host).shared())))
                .isEqualTo(place);
        assertThat(untilDone(() -> pool.uses(id)))
                .containsExactly(VolumeUse.by(host).shared());
        untilDone(() -> {
            pool.detach(id, host);
            return id;
        });
        assertThat(untilDone(() -> pool.growth().orElseThrow().growTo(id, grown))
                        .size())
                .isEqualTo(grown);
        Volume clone = untilDone(() -> pool.clones().orElseThrow().create(CloneVolume.of(id, name + "-clone")));
        assertThat(clone.diskUuid()).isPresent();
        assertThat(datastore.read(clone.id())).isEqualTo((byte) name.hashCode());
        assertThat(untilDone(pool::list)).extracting(Volume::name).containsOnlyOnce(name, name + "-clone");
        for (VolumeId each : List.of(clone.id(), id)) {
            untilDone(() -> {
                pool.delete(each);
                return each;
            });
            assertThat(untilDone(() -> pool.find(each))).isEmpty();
        }
    }
}
