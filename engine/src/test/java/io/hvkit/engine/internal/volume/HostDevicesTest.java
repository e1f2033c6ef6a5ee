package io.hvkit.engine.internal.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.DeviceAccess;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Devices that come late, and go late, or do not. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HostDevicesTest {

    private static final HostId HOST = new HostId("h1");
    private static final Duration SHORT = Duration.ofMillis(300);

    private final StoragePool pool = new InMemoryStorageDriver()
            .open(new PoolId("p"), InMemoryStorageDriver.BLOCKS, Options.parse(List.of(), Map.of()));
    private final Late late = new Late();
    private final HostDevices devices = new HostDevices(host -> Optional.of(late), SHORT, SHORT);
    private VolumeId volume;

    /** A host that sees changes so many looks later, or never. */
    private static final class Late implements DeviceAccess {
        private Optional<ByteSize> seen = Optional.empty();
        private Optional<ByteSize> next = Optional.empty();
        private int looksToCome;
        private int rescans;

        void willSee(Optional<ByteSize> size, int looks) {
            next = size;
            looksToCome = looks;
        }

        @Override
        public Optional<ByteSize> sizeOf(Attachment attachment) {
            if (looksToCome == 0) {
                seen = next;
            } else {
                looksToCome--;
            }
            return seen;
        }

        @Override
        public boolean comesAndGoes(Attachment attachment) {
            return true;
        }

        @Override
        public void rescan(Attachment attachment) {
            rescans++;
        }
    }

    @BeforeEach
    void make() throws Exception {
        volume = pool.create(CreateVolume.blank("v", ByteSize.mebibytes(8))).id();
    }

    private static Optional<ByteSize> mebibytes(long size) {
        return Optional.of(ByteSize.mebibytes(size));
    }

    @Test
    void whoever_attaches_gets_the_place_once_the_device_is_there() throws Exception {
        late.willSee(mebibytes(8), 2);

        Attachment place = devices.come(pool, volume, VolumeUse.by(HOST));

        assertThat(late.sizeOf(place)).isEqualTo(mebibytes(8));
        assertThat(late.rescans).isEqualTo(1);
        assertThat(pool.uses(volume)).containsExactly(VolumeUse.by(HOST));
    }

    @Test
    void one_that_is_there_already_is_not_asked_for() throws Exception {
        late.willSee(mebibytes(8), 0);

        Attachment unused = devices.come(pool, volume, VolumeUse.by(HOST));

        assertThat(late.rescans).isZero();
    }

    @Test
    void one_that_does_not_come_is_told_with_its_host_and_stays_attached() throws Exception {
        DriverException e =
                catchThrowableOfType(DriverException.class, () -> devices.come(pool, volume, VolumeUse.by(HOST)));

        assertThat(e.failure()).isEqualTo(Failure.HOST_NOT_READY);
        assertThat(e).hasMessageContaining("h1").hasMessageContaining(volume.value());
        assertThat(pool.uses(volume)).hasSize(1);
    }

    @Test
    void whoever_detaches_waits_until_it_has_gone_and_not_for_ever() throws Exception {
        late.willSee(mebibytes(8), 0);
        Attachment place = devices.come(pool, volume, VolumeUse.by(HOST));
        late.willSee(Optional.empty(), 2);

        devices.go(pool, volume, HOST, Reason.MACHINE);

        assertThat(late.seen).isEmpty();
        assertThat(pool.uses(volume)).isEmpty();
        assertThat(place).isNotNull();

        late.willSee(mebibytes(8), 0);
        Attachment again = devices.come(pool, volume, VolumeUse.by(HOST));
        devices.go(pool, volume, HOST, Reason.MACHINE);
        assertThat(late.sizeOf(again)).as("it stays, which is a warning").isPresent();
        assertThat(pool.uses(volume)).isEmpty();
    }

    @Test
    void while_the_host_uses_it_for_something_else_nobody_waits_for_its_going() throws Exception {
        late.willSee(mebibytes(8), 0);
        Attachment unused = devices.come(pool, volume, VolumeUse.by(HOST));
        Attachment copying = devices.come(pool, volume, VolumeUse.by(HOST).because(Reason.COPY));

        devices.go(pool, volume, HOST, Reason.COPY);

        assertThat(late.sizeOf(copying)).isPresent();
        assertThat(late.rescans).isZero();
        assertThat(pool.uses(volume)).containsExactly(VolumeUse.by(HOST));
    }

    @Test
    void a_use_that_was_ended_before_is_not_begun_again_to_end_it() throws Exception {
        late.willSee(mebibytes(8), 0);

        devices.go(pool, volume, HOST, Reason.MACHINE);

        assertThat(pool.uses(volume)).isEmpty();
    }

    @Test
    void for_a_file_no_end_point_needs_to_answer() throws Exception {
        Attachment file = new Attachment.ImageFile(Path.of("/pool/v"));
        StoragePool files = (StoragePool) Proxy.newProxyInstance(
                StoragePool.class.getClassLoader(),
                new Class<?>[] {StoragePool.class},
                (proxy, method, arguments) ->
                        method.getName().equals("attach") ? file : method.invoke(pool, arguments));
        HostDevices blind = new HostDevices(
                host -> {
                    throw new AssertionError("nobody needs to look");
                },
                SHORT,
                SHORT);

        assertThat(blind.come(files, volume, VolumeUse.by(HOST))).isEqualTo(file);
    }

    @Test
    void growth_has_reached_the_host_once_it_sees_more() throws Exception {
        late.willSee(mebibytes(8), 0);
        HostDevices.Before before = devices.beforeGrowth(pool, volume, HOST).orElseThrow();
        late.willSee(mebibytes(16), 2);

        devices.awaitGrowth(before);

        assertThat(late.seen).isEqualTo(mebibytes(16));
        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> devices.awaitGrowth(
                        devices.beforeGrowth(pool, volume, HOST).orElseThrow()));
        assertThat(e.failure()).isEqualTo(Failure.HOST_NOT_READY);
    }
}
