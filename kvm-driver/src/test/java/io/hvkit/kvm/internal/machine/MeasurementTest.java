package io.hvkit.kvm.internal.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.DiskStatistics;
import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.MachineStatistics;
import io.hvkit.hypervisor.spi.MemoryUse;
import io.hvkit.kvm.internal.libvirt.TypedValues;
import io.hvkit.kvm.internal.xml.DeviceLabels;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MeasurementTest {

    private static final VolumeId VOLUME = new VolumeId("v");
    private static final MacAddress MAC = new MacAddress("52:54:00:00:00:01");
    private static final Map<String, Long> RUNNING = Map.of(
            "state.state", 1L, "cpu.time", 5L, "balloon.current", 64L, "balloon.maximum", 128L, "vcpu.current", 2L);
    private static final Map<String, Long> CARD = Map.of(
            "net.count", 1L, "net.0.rx.bytes", 1L, "net.0.rx.pkts", 2L, "net.0.tx.bytes", 3L, "net.0.tx.pkts", 4L);
    private static final Map<String, Long> DISK = Map.of(
            "block.count", 1L,
            "block.0.rd.reqs", 1L,
            "block.0.rd.bytes", 512L,
            "block.0.wr.reqs", 2L,
            "block.0.wr.bytes", 1024L,
            "block.0.capacity", 4096L);

    @Test
    void what_is_known_has_its_unit() {
        MachineStatistics read = read(RUNNING, CARD, DISK, Map.of("net.0.rx.drop", 9L));

        assertThat(read.state()).isEqualTo(MachineState.RUNNING);
        assertThat(read.cpuTime()).contains(Duration.ofNanos(5));
        assertThat(read.cpus()).hasValue(2);
        assertThat(read.memory()).contains(MemoryUse.of(ByteSize.kibibytes(64), ByteSize.kibibytes(128)));
        DiskStatistics disk = read.disk(VOLUME).orElseThrow();
        assertThat(disk.read()).contains(new DiskStatistics.Traffic(ByteSize.bytes(512), 1));
        assertThat(disk.written()).contains(new DiskStatistics.Traffic(ByteSize.bytes(1024), 2));
        assertThat(disk.capacity()).contains(ByteSize.bytes(4096));
        assertThat(disk.allocation().or(disk::physical)).isEmpty();
        assertThat(read.nic(MAC)).hasValueSatisfying(nic -> {
            assertThat(nic.received().dropped()).hasValue(9);
            assertThat(nic.received().errors()).isEqualTo(OptionalLong.empty());
            assertThat(nic.sent().packets()).isEqualTo(4);
        });
    }

    @Test
    void a_domain_that_does_not_run_has_sizes_and_no_counters() {
        MachineStatistics read = read(RUNNING, CARD, DISK, Map.of("state.state", 5L));

        assertThat(read.state()).isEqualTo(MachineState.STOPPED);
        assertThat(read.cpuTime()).isEmpty();
        assertThat(read.nics()).isEmpty();
        assertThat(read.disk(VOLUME).flatMap(DiskStatistics::written)).isEmpty();
        assertThat(read.disk(VOLUME).flatMap(DiskStatistics::capacity)).contains(ByteSize.bytes(4096));
    }

    @Test
    void a_domain_that_hangs_has_its_disks_without_counters() {
        MachineStatistics read = read(RUNNING, Map.of("block.count", 1L));

        assertThat(read.disk(VOLUME)).contains(DiskStatistics.of(VOLUME));
    }

    @Test
    void numbers_that_can_not_be_are_left_out() {
        MachineStatistics read = read(
                RUNNING,
                DISK,
                Map.of(
                        "cpu.time", -1L,
                        "vcpu.current", Long.MAX_VALUE,
                        "balloon.unused", Long.MAX_VALUE,
                        "balloon.rss", -4L,
                        "block.count", Long.MAX_VALUE,
                        "net.count", -1L,
                        "block.0.wr.bytes", Long.MIN_VALUE));

        assertThat(read.cpuTime()).isEmpty();
        assertThat(read.cpus()).isEmpty();
        assertThat(read.memory().flatMap(MemoryUse::unusedByGuest)).isEmpty();
        assertThat(read.memory().flatMap(MemoryUse::onHost)).isEmpty();
        assertThat(read.disk(VOLUME).flatMap(DiskStatistics::written)).isEmpty();
        assertThat(read.nics()).isEmpty();
    }

    @Test
    void devices_that_nobody_knows_are_left_out() {
        DeviceLabels none = new DeviceLabels(Map.of(), Map.of(), Set.of("/disk"));
        MachineStatistics read = Measurement.of(new MachineId("m"), values(RUNNING, DISK, CARD), none, Instant.EPOCH);

        assertThat(read.disks()).isEmpty();
        assertThat(read.nics()).isEmpty();
        assertThat(none.cover(Measurement.names(values(RUNNING, DISK)))).isTrue();
        assertThat(none.cover(Measurement.names(values(RUNNING, DISK, CARD)))).isFalse();
    }

    @Test
    void labels_are_read_from_what_libvirt_says() {
        DeviceLabels labels = DeviceLabels.read("""
                <domain><metadata><hvkit:machine xmlns:hvkit="https://hvkit.io/xmlns/machine/1">
                <hvkit:volume id="v" type="file" path="/disk"/></hvkit:machine></metadata>
                <devices><disk><source file="/disk"/></disk><disk><source dev="/dev/other"/></disk>
                <disk device="cdrom"/>
                <interface><mac address="52:54:00:00:00:01"/><target dev="vnet0"/></interface>
                <interface><mac address="none"/><target dev="vnet1"/></interface></devices></domain>
                """);

        assertThat(labels)
                .isEqualTo(
                        new DeviceLabels(Map.of("/disk", VOLUME), Map.of("vnet0", MAC), Set.of("/dev/other", "vnet1")));
    }

    @SafeVarargs
    private static MachineStatistics read(Map<String, Long>... parts) {
        DeviceLabels labels = new DeviceLabels(Map.of("/disk", VOLUME), Map.of("vnet0", MAC), Set.of());
        return Measurement.of(new MachineId("m"), values(parts), labels, Instant.EPOCH);
    }

    @SafeVarargs
    private static TypedValues values(Map<String, Long>... parts) {
        Map<String, Long> all = new HashMap<>();
        for (Map<String, Long> part : parts) {
            all.putAll(part);
        }
        Map<String, String> texts = new HashMap<>();
        if (Optional.ofNullable(all.get("block.count")).isPresent()) {
            texts.put("block.0.path", "/disk");
        }
        if (Optional.ofNullable(all.get("net.count")).isPresent()) {
            texts.put("net.0.name", "vnet0");
        }
        return TypedValues.of(all, texts);
    }
}
