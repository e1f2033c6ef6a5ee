package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.CloudInit;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskBus;
import io.hvkit.hypervisor.spi.DiskDevice;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.SnapshotRequest;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.CreateRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Moves that are refused change nothing on either host. Machines without a guest do for that. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class MoveRefusalsIT extends TwoHostsTest {

    @Test
    void what_cannot_be_is_refused_before_anything_is_done() throws InterruptedException {
        Disk disk = host.disk(host.pool("here"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        Disk plain = other.disk(other.pool("there"), ImageFormat.RAW, SIZE, List.of());
        Disk small = other.disk(other.pool("there"), ImageFormat.LUKS, ByteSize.mebibytes(8), List.of(newKey));
        Disk taken = other.disk(other.pool("there"), ImageFormat.LUKS, SIZE, List.of(newKey));
        Disk free = other.disk(other.pool("there"), ImageFormat.LUKS, SIZE, List.of(newKey));
        MachineSpec spec = bare(disk);
        other.start(bare(taken));
        MachineMove move = to(other).moving(disk.volume(), free);
        refuses(Failure.NOT_FOUND, () -> host.machineMigration().start(id(spec), move));
        start(spec);

        refuses(spec, Failure.NOT_FOUND, to(other).moving(new VolumeId("no-such"), free));
        refuses(spec, Failure.INVALID_REQUEST, to(other).moving(disk.volume(), plain));
        refuses(spec, Failure.INVALID_REQUEST, to(other).moving(disk.volume(), small));
        refuses(spec, Failure.IN_USE, to(other).moving(disk.volume(), taken));
        refuses(spec, Failure.INVALID_REQUEST, to(host));
        refuses(spec, Failure.BAD_CREDENTIALS, to(other).moving(disk.volume(), free.unlockedBy(oldKey)));
        refuses(spec, Failure.INVALID_REQUEST, vouched()).hasMessageContaining("unlocking()");
        refuses(spec, Failure.BAD_CREDENTIALS, vouched().unlocking(disk.volume(), newKey));
        String before = state(spec);
        assertThat(host.machineMigration()
                        .start(id(spec), to(other).unlocking(disk.volume(), oldKey))
                        .await(TestHost.PATIENCE))
                .get()
                .isInstanceOfSatisfying(
                        JobVerdict.Failed.class,
                        failed -> assertThat(failed.failure()).isEqualTo(Failure.INVALID_REQUEST));
        assertThat(state(spec))
                .as("after a copy of an unshared disk was asked for")
                .isEqualTo(before);

        other.start(MachineSpec.named(spec.name()).with(plain));
        refuses(spec, Failure.EXISTS_DIFFERENTLY, move);
    }

    @Test
    void a_machine_with_a_snapshot_stays_until_that_is_merged() throws InterruptedException {
        Disk base = host.disk(host.pool("here"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        Disk target = other.disk(other.pool("there"), ImageFormat.LUKS, SIZE, List.of(newKey));
        Path path = folder.resolve("overlay");
        QemuImg.probe(CommandRunner.local())
                .create(CreateRequest.of(Image.qcow2(path).unlockedBy(newKey).over(TestHost.image(base))));
        Disk overlay = Disk.of(new VolumeId("overlay"), new Attachment.ImageFile(path), ImageFormat.QCOW2)
                .unlockedBy(newKey);
        MachineSpec spec = bare(base);
        start(spec);
        host.hypervisor()
                .machineSnapshots()
                .orElseThrow()
                .take(id(spec), SnapshotRequest.named(new SnapshotId("s")).onto(base.volume(), overlay));

        refuses(spec, Failure.INVALID_REQUEST, to(other).moving(overlay.volume(), target))
                .hasMessageContaining(path.toString())
                .hasMessageContaining("merge its overlay first");
        refuses(spec, Failure.INVALID_REQUEST, vouched().unlocking(overlay.volume(), newKey))
                .hasMessageContaining("merge its overlay first");
        assertThat(host.hypervisor().machineSnapshots().orElseThrow().list(id(spec)))
                .hasSize(1);
    }

    @Test
    void a_machine_with_a_seed_stays_where_the_seed_is() throws InterruptedException {
        Disk disk = host.disk(host.pool("shared"), ImageFormat.RAW, SIZE, List.of());
        MachineSpec spec = bare(disk).cloudInit(CloudInit.of("i-1").userData("#cloud-config\npassword: tomato\n"));
        start(spec);
        List<Path> seeds = seeds();

        refuses(spec, Failure.UNSUPPORTED, vouched())
                .hasMessageContaining("seed for cloud-init")
                .hasMessageNotContaining("tomato");

        assertThat(seeds()).hasSize(1).isEqualTo(seeds);
    }

    @Test
    void a_wrong_key_takes_the_place_of_no_value_that_a_machine_of_the_target_may_need() throws Exception {
        Disk own = host.disk(host.pool("here"), ImageFormat.RAW, SIZE, List.of());
        Disk both = host.disk(host.pool("shared"), ImageFormat.LUKS, SIZE, List.of(oldKey))
                .as(DiskDevice.on(DiskBus.VIRTIO).readOnly());
        MachineSpec reader = bare(both);
        MachineSpec spec = bare(own).with(both);
        start(spec);
        undoOnTheOther(reader);
        List<String> secrets;
        try (Hypervisor target = other.connect()) {
            target.start(reader);
            secrets = other.secrets();
            MachineMove move = MachineMove.to(target)
                    .over(MachineMove.Wire.CLEAR)
                    .with(MachineMove.SharedDisks.VOUCHED_FOR)
                    .unlocking(both.volume(), newKey);
            refuses(spec, Failure.BAD_CREDENTIALS, move)
                    .hasMessageContaining(both.volume().value());
        } // which would remove the secret with the machine

        assertThat(other.secrets()).hasSize(1).isEqualTo(secrets);
        Path description = Files.writeString(folder.resolve("reader.xml"), other.virsh("dumpxml", reader.name()));
        other.virsh("destroy", reader.name());
        other.virsh("create", description.toString());
        assertThat(other.hypervisor().find(id(reader))).as("opened once more").isPresent();
        assertThat(host.machineMigration()
                        .start(id(spec), vouched().unlocking(both.volume(), oldKey))
                        .await(TestHost.PATIENCE))
                .contains(SUCCEEDED);
        assertThat(other.secrets()).isEqualTo(secrets);
    }

    @Test
    void a_secret_that_somebody_else_made_on_both_hosts_is_used_and_left_to_them() throws Exception {
        Disk disk = host.disk(host.pool("shared"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        MachineSpec spec = bare(disk);
        String foreign = UUID.randomUUID().toString();
        defineForeign(host, foreign, oldKey);
        defineForeign(other, foreign, oldKey);
        start(spec);
        String own = host.secrets().stream()
                .filter(id -> !id.equals(foreign))
                .findFirst()
                .orElseThrow();
        Path description = Files.writeString(
                folder.resolve("m.xml"), host.virsh("dumpxml", spec.name()).replace(own, foreign));
        host.virsh("destroy", spec.name());
        host.virsh("create", description.toString());

        assertThat(host.machineMigration().start(id(spec), vouched()).await(TestHost.PATIENCE))
                .contains(SUCCEEDED);

        assertThat(other.secrets()).containsExactly(foreign);
        other.hypervisor().stop(id(spec), StopMode.POWER_OFF);
        assertThat(other.secrets()).as("after the machine").containsExactly(foreign);
        assertThat(host.secrets()).as("where it was").contains(foreign);
    }

    private void defineForeign(TestHost at, String id, Secret key) throws InterruptedException, IOException {
        Path file = folder.resolve("secret-" + UUID.randomUUID());
        Files.writeString(file, "<secret ephemeral='yes' private='yes'><uuid>" + id + "</uuid></secret>");
        at.virsh("secret-define", file.toString());
        at.undoLater(() -> at.virsh("secret-undefine", id));
        key.<Path, IOException>withArray(bytes -> Files.write(file, bytes));
        at.virsh("secret-set-value", id, "--file", file.toString(), "--plain");
        Files.delete(file);
    }

    private static MachineSpec bare(Disk disk) {
        return MachineSpec.named("m-" + UUID.randomUUID()).with(disk);
    }

    private void start(MachineSpec spec) throws InterruptedException {
        undoOnTheOther(spec);
        host.start(spec);
    }

    /** The move is refused, and both hosts are as they were. */
    private AbstractThrowableAssert<?, DriverException> refuses(MachineSpec spec, Failure failure, MachineMove move)
            throws InterruptedException {
        String before = state(spec);
        AbstractThrowableAssert<?, DriverException> refusal =
                refuses(failure, () -> host.machineMigration().start(id(spec), move));
        assertThat(state(spec)).as("after %s", failure).isEqualTo(before);
        return refusal;
    }

    /** Everything that either host says of machines and secrets. */
    private String state(MachineSpec spec) throws InterruptedException {
        return String.join(
                "\n",
                host.virsh("domstate", "--reason", spec.name()),
                host.virsh("dumpxml", spec.name()),
                host.virsh("list", "--all"),
                host.virsh("secret-list"),
                other.virsh("list", "--all"),
                other.virsh("secret-list"));
    }

    private MachineMove vouched() {
        return to(other).with(MachineMove.SharedDisks.VOUCHED_FOR);
    }

    private List<Path> seeds() {
        try (Stream<Path> files = Files.list(host.seeds())) {
            return files.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
