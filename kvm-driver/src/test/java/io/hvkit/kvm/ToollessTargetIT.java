package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.SshDestination;
import io.hvkit.qemu.SshRunner;
import io.hvkit.testkit.ssh.LoopbackSshd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** The target of a move is reached over ssh and has no qemu-img, so that nobody there can try a key. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ToollessTargetIT extends TwoHostsTest {

    /** Puts all programs but one in the place of all, as seen by who logs in. */
    private static final String HIDE = "mkdir \"$1/real\" \"$1/bin\" && mount --bind /usr/bin \"$1/real\""
            + " && ln -s \"$1\"/real/* \"$1/bin\" && rm \"$1/bin/qemu-img\" && mount --bind \"$1/bin\" /usr/bin";

    @Test
    void no_key_goes_where_it_cannot_be_tried_and_what_has_none_moves_as_ever() throws Exception {
        try (LoopbackSshd sshd = LoopbackSshd.in(OTHER.host(), Files.createDirectory(folder.resolve("ssh")))) {
            hideQemuImg(sshd);
            Hypervisor far = other.connect("qemu+ssh://root@127.0.0.1:" + sshd.port() + "/system?keyfile="
                    + sshd.userKey() + "&known_hosts=" + sshd.knownHosts());

            assertLockedStays(far);
            assertPlainMoves(far);
        }
    }

    private void assertLockedStays(Hypervisor far) throws InterruptedException {
        Disk locked = host.disk(host.pool("here"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        Disk target = other.disk(other.pool("there"), ImageFormat.LUKS, SIZE, List.of(newKey));
        MachineSpec spec = MachineSpec.named("m-" + UUID.randomUUID()).with(locked);
        undoOnTheOther(spec);
        host.start(spec);
        List<String> before = host.secrets();

        refuses(
                        Failure.HOST_NOT_READY,
                        () -> host.machineMigration()
                                .start(id(spec), clearly(far).moving(locked.volume(), target)))
                .hasMessageContaining("qemu-img")
                .hasMessageContaining("install")
                .hasMessageContaining(target.volume().value());

        assertThat(other.secrets()).as("secrets of the target").isEmpty();
        assertThat(other.virsh("list", "--all", "--name")).doesNotContain(spec.name());
        assertThat(host.secrets()).isEqualTo(before);
        assertThat(host.hypervisor().find(id(spec)).orElseThrow()).satisfies(machine -> {
            assertThat(machine.state()).isEqualTo(MachineState.RUNNING);
            assertThat(machine.disks()).containsExactly(new MachineDisk(locked.volume(), locked.attachment()));
        });
        assertThat(host.machineMigration().find(id(spec), far)).isEmpty();
    }

    private void assertPlainMoves(Hypervisor far) throws InterruptedException {
        Disk plain = host.disk(host.pool("here"), ImageFormat.RAW, SIZE, List.of());
        Disk target = other.disk(other.pool("there"), ImageFormat.RAW, SIZE, List.of());
        MachineSpec spec = MachineSpec.named("m-" + UUID.randomUUID()).with(plain);
        undoOnTheOther(spec);
        host.start(spec);

        assertThat(host.machineMigration()
                        .start(id(spec), clearly(far).moving(plain.volume(), target))
                        .await(TestHost.PATIENCE))
                .contains(SUCCEEDED);
    }

    private static MachineMove clearly(Hypervisor far) {
        return MachineMove.to(far).over(MachineMove.Wire.CLEAR);
    }

    private static void hideQemuImg(LoopbackSshd sshd) throws InterruptedException, IOException {
        SshDestination destination = SshDestination.of("127.0.0.1")
                .port(sshd.port())
                .user("root")
                .identity(sshd.userKey())
                .knownHosts(sshd.knownHosts());
        Path there = sshd.folder();
        try (SshRunner login = CommandRunner.ssh(destination)) {
            CommandResult result = login.run(Command.of("sh", "-c", HIDE, "sh", there.toString()));
            assertThat(result.exitCode()).as(result.errors()).isZero();
        }
    }
}
