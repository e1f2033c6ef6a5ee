package io.hvkit.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.Limits;
import io.hvkit.storage.spi.VolumeLimits;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestTemplate;

/** What a pool must do that limits volumes. */
public abstract non-sealed class LimitsContract extends StorageCases {

    private static final VolumeLimits SOME = VolumeLimits.none().iops(1000).bandwidth(ByteSize.mebibytes(10));

    private Limits limits;

    /** Made by JUnit. */
    protected LimitsContract() {}

    /** Made by JUnit. */
    @BeforeEach
    final void find() {
        limits = pool.limits().orElseThrow();
    }

    @TestTemplate
    final void a_new_volume_has_no_limits_and_keeps_those_it_gets() throws InterruptedException {
        VolumeId volume = create().id();
        assertThat(limits.of(volume)).isEqualTo(VolumeLimits.none());

        for (int i = 0; i < REPEATS; i++) {
            assertThat(limits.set(volume, SOME)).isEqualTo(SOME);
        }
        assertThat(connection().limits().orElseThrow().of(volume)).isEqualTo(SOME);
    }

    @TestTemplate
    final void new_limits_take_the_place_of_all_old_ones() throws InterruptedException {
        VolumeId volume = create().id();
        limits.set(volume, SOME);

        limits.set(volume, VolumeLimits.none().iops(2000));
        assertThat(limits.of(volume)).isEqualTo(VolumeLimits.none().iops(2000));
        limits.set(volume, VolumeLimits.none());
        assertThat(limits.of(volume)).isEqualTo(VolumeLimits.none());
    }

    @TestTemplate
    final void what_is_told_is_what_holds_and_never_less_than_asked_for() throws InterruptedException {
        VolumeId volume = create().id();
        VolumeLimits odd = VolumeLimits.none().iops(1001).bandwidth(ByteSize.bytes(10_000_001));

        VolumeLimits real = limits.set(volume, odd);
        assertThat(limits.of(volume)).isEqualTo(real);
        assertThat(real.iops().orElseThrow()).isGreaterThanOrEqualTo(1001);
        assertThat(real.bandwidth().orElseThrow()).isGreaterThanOrEqualTo(ByteSize.bytes(10_000_001));
        assertThat(limits.set(volume, odd)).isEqualTo(real);
    }

    @TestTemplate
    final void what_is_not_there_is_not_found_and_other_volumes_are_left_alone() throws InterruptedException {
        VolumeId volume = create().id();
        VolumeId other = create().id();
        limits.set(volume, SOME);

        for (VolumeId foreign : foreignIds()) {
            refuses(Failure.NOT_FOUND, () -> limits.set(foreign, SOME));
            refuses(Failure.NOT_FOUND, () -> limits.of(foreign));
        }
        assertThat(limits.of(other)).isEqualTo(VolumeLimits.none());
    }
}
