package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DiskSizingTest {

    private static final ByteSize SECTOR = ByteSize.bytes(512);
    private static final ByteSize LARGEST_QCOW2 = ByteSize.tebibytes(2048);
    private static final List<DiskSizing> LAYOUTS = List.of(
            DiskSizing.raw(),
            DiskSizing.luks(LuksType.LUKS1),
            DiskSizing.luks(LuksType.LUKS2),
            DiskSizing.luksByQemu(),
            DiskSizing.qcow2(),
            DiskSizing.encryptedQcow2());

    @Test
    void headers_come_on_top_of_the_disk() {
        ByteSize disk = ByteSize.gibibytes(40);

        assertThat(DiskSizing.raw().containerFor(disk)).isEqualTo(disk);
        assertThat(DiskSizing.luks(LuksType.LUKS1).containerFor(disk)).isEqualTo(disk.plus(ByteSize.mebibytes(2)));
        assertThat(DiskSizing.luks(LuksType.LUKS2).containerFor(disk)).isEqualTo(disk.plus(ByteSize.mebibytes(16)));
        assertThat(DiskSizing.luksByQemu().containerFor(disk)).isEqualTo(disk.plus(ByteSize.bytes(2_068_480)));
    }

    @Test
    void an_array_gives_whole_steps_and_a_header_costs_the_next_one() {
        DiskSizing layout = DiskSizing.luks(LuksType.LUKS1).inStepsOf(ByteSize.gibibytes(8));

        assertThat(layout.containerFor(ByteSize.gibibytes(8))).isEqualTo(ByteSize.gibibytes(16));
        assertThat(layout.containerFor(ByteSize.gibibytes(8).minus(ByteSize.mebibytes(2))))
                .isEqualTo(ByteSize.gibibytes(8));
        assertThat(layout.payloadIn(ByteSize.gibibytes(16)))
                .isEqualTo(ByteSize.gibibytes(16).minus(ByteSize.mebibytes(2)));
        assertThat(layout).hasToString("luks1 in steps of 8 GiB");
    }

    @Test
    void what_a_container_holds_is_the_most_that_fits_to_the_sector() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < Campaign.rounds(2000); round++) {
            DiskSizing layout = LAYOUTS.get(random.nextInt(LAYOUTS.size()));
            ByteSize container = size(random, LARGEST_QCOW2);
            ByteSize payload = layout.payloadIn(container);

            assertThat(payload.isMultipleOf(SECTOR)).isTrue();
            if (!payload.equals(ByteSize.ZERO)) {
                assertThat(layout.containerFor(payload))
                        .as("seed %s: %s in %s as %s", seed, payload, container, layout)
                        .isLessThanOrEqualTo(container);
            }
            assertThat(layout.containerFor(payload.plus(SECTOR)))
                    .as("seed %s: %s and a sector in %s as %s", seed, payload, container, layout)
                    .isGreaterThan(container);
        }
    }

    @Test
    void a_disk_comes_back_whole_and_larger_disks_never_take_less() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < Campaign.rounds(2000); round++) {
            ByteSize step = ByteSize.bytes(1 + random.nextInt(1 << 20) * 512L);
            DiskSizing layout =
                    LAYOUTS.get(random.nextInt(LAYOUTS.size())).inStepsOf(random.nextBoolean() ? SECTOR : step);
            ByteSize payload = size(random, LARGEST_QCOW2);
            ByteSize container = layout.containerFor(payload);

            assertThat(layout.payloadIn(container))
                    .as("seed %s: %s as %s", seed, payload, layout)
                    .isGreaterThanOrEqualTo(payload.roundedUpTo(SECTOR));
            assertThat(layout.fits(payload, container)).isInstanceOf(Fit.Fits.class);
            ByteSize larger = payload.plus(ByteSize.bytes(random.nextInt(1 << 20)));
            if (larger.compareTo(LARGEST_QCOW2) <= 0) {
                assertThat(layout.containerFor(larger)).isGreaterThanOrEqualTo(container);
            }
        }
    }

    @Test
    void what_does_not_fit_says_how_many_bytes_are_missing() {
        DiskSizing layout = DiskSizing.luks(LuksType.LUKS1);
        ByteSize disk = ByteSize.gibibytes(1);

        Fit fit = layout.fits(disk, disk);

        assertThat(fit.<Object>match(Fit.Fits::spare, Fit.TooSmall::missing)).isEqualTo(ByteSize.mebibytes(2));
        assertThat(fit)
                .hasToString("a disk of 1 GiB as luks1 takes 1026 MiB; the container has 1 GiB, and 2 MiB are missing");
        DriverException e = catchThrowableOfType(DriverException.class, fit::require);
        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(e).hasMessageContaining("2 MiB are missing");
    }

    @Test
    void what_fits_says_how_much_is_left() {
        Fit fit = DiskSizing.raw().fits(ByteSize.mebibytes(1), ByteSize.mebibytes(3));

        fit.require();
        assertThat(fit.<Object>match(Fit.Fits::spare, Fit.TooSmall::missing)).isEqualTo(ByteSize.mebibytes(2));
        assertThat(fit)
                .hasToString("a disk of 1 MiB as raw takes 1 MiB; the container has 3 MiB, and 2 MiB are left over");
    }

    @Test
    void a_container_below_the_header_holds_nothing() {
        for (DiskSizing layout : LAYOUTS) {
            assertThat(layout.payloadIn(ByteSize.ZERO)).isEqualTo(ByteSize.ZERO);
            assertThat(layout.payloadIn(ByteSize.bytes(511))).isEqualTo(ByteSize.ZERO);
        }
        assertThat(DiskSizing.luks(LuksType.LUKS2).payloadIn(ByteSize.mebibytes(16)))
                .isEqualTo(ByteSize.ZERO);
        assertThat(DiskSizing.luks(LuksType.LUKS2)
                        .payloadIn(ByteSize.mebibytes(16).plus(SECTOR)))
                .isEqualTo(SECTOR);
    }

    @Test
    void sizes_beyond_what_can_be_are_refused_and_never_wrap() {
        ByteSize largest = ByteSize.bytes(Long.MAX_VALUE);
        for (DiskSizing layout : LAYOUTS) {
            for (ByteSize disk : List.of(largest, largest.minus(SECTOR), largest.minus(ByteSize.bytes(510)))) {
                DriverException e = catchThrowableOfType(
                        DriverException.class, () -> layout.containerFor(disk.plus(ByteSize.ZERO)));
                if (e == null) {
                    assertThat(layout.containerFor(disk)).isGreaterThanOrEqualTo(disk);
                } else {
                    assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
                    assertThat(e).hasMessageContaining(disk.toString());
                }
            }
            assertThat(layout.payloadIn(largest)).isLessThan(largest);
        }
        assertThat(DiskSizing.raw().payloadIn(largest)).isEqualTo(largest.roundedDownTo(SECTOR));
        assertThatThrownBy(() -> DiskSizing.luks(LuksType.LUKS1)
                        .inStepsOf(ByteSize.gibibytes(8))
                        .containerFor(ByteSize.bytes(Long.MAX_VALUE - (3L << 20))))
                .isInstanceOf(DriverException.class);
        assertThatThrownBy(() -> DiskSizing.qcow2().containerFor(LARGEST_QCOW2.plus(SECTOR)))
                .isInstanceOf(DriverException.class);
        assertThatThrownBy(() -> DiskSizing.raw().inStepsOf(ByteSize.ZERO)).isInstanceOf(DriverException.class);
    }

    /** As many small sizes as large ones. */
    private static ByteSize size(Random random, ByteSize limit) {
        return ByteSize.bytes(1
                + (random.nextLong() >>> (1 + random.nextInt(62)))
                        % limit.minus(SECTOR).bytes());
    }
}
