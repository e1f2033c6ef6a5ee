package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ImageFormat;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.Ledger;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.libvirt.PrivateHost;
import io.hvkit.testkit.libvirt.TlsCertificates;
import io.hvkit.testkit.ssh.LoopbackSshd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Machines move between two hosts that are both reached as other machines are. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(240)
class RemoteMoveIT extends TwoHostsTest {

    @TempDir
    private static Path work;

    private static final Ledger LISTENERS = new Ledger();

    private static Doors doorsHere;
    private static Doors doorsThere;

    private enum Way {
        SSH,
        TLS
    }

    /** The ways into a host. */
    private record Doors(LoopbackSshd sshd, TlsCertificates certificates, int tlsPort) {

        static Doors of(PrivateHost host, TlsCertificates certificates, Path folder)
                throws InterruptedException, IOException {
            certificates.certify(host);
            int port = host.listenForTls(certificates);
            LoopbackSshd sshd = LoopbackSshd.in(host, Files.createDirectory(folder));
            LISTENERS.add(sshd::close);
            return new Doors(sshd, certificates, port);
        }

        String uri(Way way) {
            return switch (way) {
                case SSH ->
                    "qemu+ssh://root@127.0.0.1:" + sshd.port() + "/system?keyfile=" + sshd.userKey() + "&known_hosts="
                            + sshd.knownHosts();
                case TLS -> "qemu+tls://127.0.0.1:" + tlsPort + "/system?pkipath=" + certificates.client();
            };
        }
    }

    @BeforeAll
    static void listen() throws InterruptedException, IOException {
        TlsCertificates certificates = TlsCertificates.in(Files.createDirectory(work.resolve("pki")));
        doorsHere = Doors.of(HOST.host(), certificates, work.resolve("here"));
        doorsThere = Doors.of(OTHER.host(), certificates, work.resolve("there"));
    }

    @AfterAll
    static void end() {
        LISTENERS.close();
    }

    @Test
    void a_machine_with_an_encrypted_disk_of_its_host_moves_between_hosts_over_ssh_and_back_over_tls()
            throws InterruptedException {
        Disk disk = host.disk(host.pool("here"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        Disk away = other.disk(other.pool("there"), ImageFormat.LUKS, SIZE, List.of(newKey));
        Disk back = host.disk(host.pool("here"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        MachineSpec spec = host.spec(disk, WRITING);
        undoOnTheOther(spec);
        host.undoLater(() -> host.hypervisor().stop(id(spec), StopMode.POWER_OFF));
        GuestConsole console = GuestConsole.at(host.console(spec.name()));

        try (Hypervisor here = host.connect(doorsHere.uri(Way.SSH));
                Hypervisor there = other.connect(doorsThere.uri(Way.SSH))) {
            here.start(spec);
            console.awaitAcknowledged(32, TestHost.PATIENCE);
            moves(here, there, spec, disk, away);
            assertRunsThere(spec, away, console);
            assertThat(host.secrets()).as("the source's secrets").isEmpty();
            assertThat(other.secrets()).as("the target's secrets").hasSize(1);
        }
        try (Hypervisor here = host.connect(doorsHere.uri(Way.TLS));
                Hypervisor there = other.connect(doorsThere.uri(Way.TLS))) {
            moves(there, here, spec, away, back);
            assertRunsOnHere(spec, back, console);
            assertThat(host.secrets()).as("secrets after the return").hasSize(1);
            here.stop(id(spec), StopMode.POWER_OFF);
        }
        assertThat(host.secrets()).as("secrets after the machine has stopped").isEmpty();
        assertHolds(host.stopAndCheck(spec, TestHost.image(back)));
    }

    private static void moves(Hypervisor from, Hypervisor to, MachineSpec spec, Disk disk, Disk target)
            throws InterruptedException {
        MachineMove move = MachineMove.to(to).moving(disk.volume(), target);
        assertThat(from.liveMigration().orElseThrow().start(id(spec), move).await(TestHost.PATIENCE))
                .contains(SUCCEEDED);
    }
}
