package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.qemu.TargetState;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.libvirt.PrivateHost;
import io.hvkit.testkit.libvirt.TlsCertificates;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who can read along while a machine moves. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class MoveWireIT extends TwoHostsTest {

    @Test
    void memory_and_encrypted_disks_are_read_on_a_clear_wire_and_not_on_an_encrypted_one()
            throws InterruptedException, IOException {
        certify(certificates("authority"));
        String inMemory = "memory-" + UUID.randomUUID();
        String onDisk = "disk-" + UUID.randomUUID();
        Disk disk = holding(onDisk, host.disk(host.pool("here"), ImageFormat.LUKS, SIZE, List.of(oldKey)));
        Disk there = other.disk(other.pool("there"), ImageFormat.LUKS, SIZE, List.of(newKey));
        Disk back = host.disk(host.pool("here"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        MachineSpec idle = host.spec(disk, GuestWork.idle());
        KernelBoot boot = idle.kernel().orElseThrow();
        MachineSpec spec = idle.booting(boot.commandLine(boot.commandLine() + " hv.nonce=" + inMemory));
        undoOnTheOther(spec);
        host.start(spec);
        GuestConsole.at(host.console(spec.name())).awaitReady(TestHost.PATIENCE);

        try (Wire wire = Wire.tapped(inMemory, onDisk)) {
            MachineMove clear = MachineMove.to(other.hypervisor())
                    .moving(disk.volume(), there)
                    .over(MachineMove.Wire.CLEAR);
            assertThat(host.machineMigration().start(id(spec), clear).await(TestHost.PATIENCE))
                    .contains(SUCCEEDED);
            assertThat(wire.seen()).containsExactlyInAnyOrder(inMemory, onDisk);
        }
        try (Wire wire = Wire.tapped(inMemory, onDisk)) {
            MachineMove encrypted = MachineMove.to(host.hypervisor()).moving(there.volume(), back);
            assertThat(other.machineMigration().start(id(spec), encrypted).await(TestHost.PATIENCE))
                    .contains(SUCCEEDED);
            assertThat(wire.seen()).isEmpty();
            assertThat(wire.bytes()).as("what went over the wire").isGreaterThan(SIZE.bytes());
        }
        assertThat(host.hypervisor().find(id(spec)).orElseThrow().state()).isEqualTo(MachineState.RUNNING);
    }

    @Test
    void without_certificates_that_both_hosts_believe_the_machine_stays_and_it_is_said_why()
            throws InterruptedException, IOException {
        Disk disk = host.disk(host.pool("shared"), ImageFormat.RAW, SIZE, List.of());
        MachineSpec spec = MachineSpec.named("m-" + UUID.randomUUID()).with(disk);
        undoOnTheOther(spec);
        host.start(spec);
        MachineMove move = MachineMove.to(other.hypervisor()).with(MachineMove.SharedDisks.VOUCHED_FOR);

        takeCertificates(HOST.host());
        takeCertificates(OTHER.host());
        assertStays(spec, move);
        TlsCertificates one = certificates("one");
        one.certify(HOST.host());
        assertStays(spec, move);
        certificates("two").certify(OTHER.host());
        assertStays(spec, move);
        one.certify(OTHER.host());
        assertThat(host.machineMigration().start(id(spec), move).await(TestHost.PATIENCE))
                .contains(SUCCEEDED);
    }

    private void assertStays(MachineSpec spec, MachineMove move) throws InterruptedException {
        assertThat(host.machineMigration().start(id(spec), move).await(TestHost.PATIENCE))
                .get()
                .isInstanceOfSatisfying(
                        JobVerdict.Failed.class,
                        failed ->
                                assertThat(failed.failure()).as(failed.reason()).isEqualTo(Failure.HOST_NOT_READY));
        assertThat(host.hypervisor().find(id(spec)).orElseThrow().state()).isEqualTo(MachineState.RUNNING);
        assertThat(other.hypervisor().find(id(spec))).isEmpty();
    }

    private TlsCertificates certificates(String authority) throws InterruptedException, IOException {
        return TlsCertificates.in(Files.createDirectory(folder.resolve(authority)));
    }

    private static void certify(TlsCertificates certificates) {
        certificates.certify(HOST.host());
        certificates.certify(OTHER.host());
    }

    private static void takeCertificates(PrivateHost from) throws IOException {
        try (Stream<Path> files = Files.list(from.certificates())) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    /** Writes a text all over an encrypted disk. */
    private Disk holding(String text, Disk disk) throws InterruptedException, IOException {
        Path plain = folder.resolve("plain-" + UUID.randomUUID());
        try (RandomAccessFile file = new RandomAccessFile(plain.toFile(), "rw")) {
            file.setLength(SIZE.bytes());
            for (long at = 0; at < SIZE.bytes(); at += ByteSize.mebibytes(1).bytes()) {
                file.seek(at + 100);
                file.write(text.getBytes(StandardCharsets.US_ASCII));
            }
        }
        QemuImg.probe(CommandRunner.local())
                .convert(ConvertRequest.of(Image.raw(plain), TestHost.image(disk))
                        .onto(TargetState.EXISTS));
        return disk;
    }
}
