package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFacts.Presence;
import io.hvkit.core.HostFeature;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.libvirt.DaemonRelay;
import io.hvkit.testkit.libvirt.TlsCertificates;
import io.hvkit.testkit.ssh.LoopbackSshd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The same host as another machine sees it: over ssh, over TLS, and in clear. */
@Tag("drawn")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(120)
class RemoteHostIT extends HostedTest {

    private static final ByteSize SIZE = ByteSize.mebibytes(4);
    private static final Duration SHORT = Duration.ofSeconds(6);

    @TempDir
    private static Path work;

    private static LoopbackSshd sshd;
    private static TlsCertificates certificates;
    private static int tlsPort;

    private final Secret key = Secret.random();

    @BeforeAll
    static void listen() throws Exception {
        certificates = TlsCertificates.in(Files.createDirectory(work.resolve("pki")));
        tlsPort = HOST.host().listenForTls(certificates);
        sshd = LoopbackSshd.in(HOST.host(), Files.createDirectory(work.resolve("ssh")));
    }

    @AfterAll
    static void end() {
        sshd.close();
    }

    @AfterEach
    void wipe() {
        key.close();
    }

    @Test
    void over_ssh_an_encrypted_machine_lives_and_the_hosts_own_tools_are_used() throws InterruptedException {
        try (Hypervisor far = open(ssh(sshd.userKey(), sshd.knownHosts()))) {
            MachineId id = livesAndStops(far);

            assertThat(far.probe().finding(HostFeature.QEMU_IMG).presence()).isEqualTo(Presence.PRESENT);
            assertThat(far.probe().finding(HostFeature.VOLUME_ENCRYPTION).presence())
                    .isEqualTo(Presence.PRESENT);
            Disk disk = host.disk(host.pool("here"), ImageFormat.RAW, SIZE, List.of());
            far.start(MachineSpec.named(id.value()).with(disk));
            Disk small = host.disk(host.pool("there"), ImageFormat.RAW, ByteSize.mebibytes(1), List.of());
            Disk hidden = Disk.of(
                    new VolumeId("hidden"), new Attachment.ImageFile(folder.resolve("hidden.raw")), ImageFormat.RAW);
            refuses(Failure.INVALID_REQUEST, () -> move(far, id, disk, small)).hasMessageContaining("larger target");
            refuses(Failure.NOT_FOUND, () -> move(far, id, disk, hidden)).hasMessageContaining("create it first");
            far.stop(id, StopMode.POWER_OFF);
        }
    }

    @Test
    void over_tls_an_encrypted_machine_lives_and_nobody_claims_to_know_the_hosts_tools() throws InterruptedException {
        try (Hypervisor far = open(tls("127.0.0.1", certificates.client()))) {
            livesAndStops(far);

            assertThat(far.probe().finding(HostFeature.QEMU_IMG)).satisfies(finding -> {
                assertThat(finding.presence()).isEqualTo(Presence.NOT_PROBED);
                assertThat(finding.reason()).contains("qemu+ssh");
            });
        }
    }

    @Test
    void in_clear_machines_live_and_no_key_is_sent() throws InterruptedException {
        try (DaemonRelay relay = DaemonRelay.onPort(HOST.host());
                Hypervisor far = open("qemu+tcp://127.0.0.1:" + relay.port().orElseThrow() + "/system")) {
            Disk plain = host.disk(host.pool("pool"), ImageFormat.RAW, SIZE, List.of());
            Disk locked = host.disk(host.pool("pool"), ImageFormat.LUKS, SIZE, List.of(key));
            MachineId id = new MachineId("clear");

            assertThat(far.features().offers(HypervisorFeature.ENCRYPTED_DISKS)).isFalse();
            assertThat(far.probe().finding(HostFeature.VOLUME_ENCRYPTION).reason())
                    .contains("could read the keys");
            refuses(
                            Failure.UNSUPPORTED,
                            () -> far.start(MachineSpec.named("locked").with(locked)))
                    .hasMessageContaining("could read the keys")
                    .hasMessageContaining("qemu+tls");
            assertThat(host.secrets()).isEmpty();
            far.start(MachineSpec.named(id.value()).with(plain));
            assertThat(far.list()).extracting(Machine::id).containsExactly(id);
            far.stop(id, StopMode.POWER_OFF);
        }
    }

    @Test
    void a_host_that_is_not_known_is_never_spoken_to() {
        notTrusted(ssh(sshd.userKey(), sshd.wrongHosts()), "known hosts");
        notTrusted(ssh(sshd.userKey(), work.resolve("nobody")), "known hosts");
        notTrusted(tls("127.0.0.1", certificates.clientOfAnotherAuthority()), "signed by the CA");
        notTrusted(tls("localhost", certificates.client()), "name the host as the URI does");
    }

    @Test
    void whoever_is_not_known_to_the_host_is_told_so_and_never_asked_for_a_password() {
        notTrusted(ssh(sshd.strangersKey(), sshd.knownHosts()), "private key");
        notTrusted(ssh(work.resolve("no-such-key"), sshd.knownHosts()), "private key");
        notTrusted(tls("127.0.0.1", certificates.clientWithoutCertificate()), "clientcert.pem");
        notTrusted(tls("127.0.0.1", work.resolve("no-such-folder")), "pkipath=");
    }

    @Test
    void a_host_that_need_not_show_who_it_is_gets_no_keys() throws InterruptedException {
        String uri = tls("localhost", certificates.client()) + "&no_verify=1";
        refuses(Failure.INVALID_REQUEST, () -> open(uri)).hasMessageContaining("unverified-host");

        try (Hypervisor far = open(Map.of("uri", uri, "unverified-host", "accept-at-own-risk"))) {
            Disk locked = host.disk(host.pool("pool"), ImageFormat.LUKS, SIZE, List.of(key));

            assertThat(far.list()).isEmpty();
            refuses(
                            Failure.UNSUPPORTED,
                            () -> far.start(MachineSpec.named("locked").with(locked)))
                    .hasMessageContaining("somebody else");
        }
    }

    @Test
    void nobody_waits_longer_than_a_call_may_take_when_ssh_stalls() throws InterruptedException {
        try (Hypervisor far =
                open(Map.of("uri", ssh(sshd.userKey(), sshd.knownHosts()), "call-limit", SHORT.toString()))) {
            sshd.stall();
            try {
                withinTheLimit(far::list);
                withinTheLimit(() ->
                        open(Map.of("uri", ssh(sshd.userKey(), sshd.knownHosts()), "call-limit", SHORT.toString())));
            } finally {
                sshd.goOn();
            }
            Await.until("an answer again", TestHost.PATIENCE, () -> answers(far));
        }
    }

    private MachineId livesAndStops(Hypervisor far) throws InterruptedException {
        Disk disk = host.disk(host.pool("pool"), ImageFormat.LUKS, SIZE, List.of(key));
        MachineSpec spec = MachineSpec.named("far-" + disk.volume()).with(disk);
        MachineId id = far.start(spec).id();
        host.undoLater(() -> host.hypervisor().stop(id, StopMode.POWER_OFF));

        assertThat(host.secrets()).hasSize(1);
        assertThat(far.start(spec).id()).isEqualTo(id);
        assertThat(far.find(id).orElseThrow().state()).isEqualTo(MachineState.RUNNING);
        assertThat(far.list()).extracting(Machine::id).containsExactly(id);
        far.stop(id, StopMode.POWER_OFF);
        assertThat(far.find(id)).isEmpty();
        assertThat(host.secrets()).isEmpty();
        return id;
    }

    private static void move(Hypervisor far, MachineId id, Disk disk, Disk target) throws InterruptedException {
        far.liveDiskMigration().orElseThrow().start(id, disk.volume(), DiskMove.to(target));
    }

    private static void notTrusted(String uri, String wayOut) {
        refuses(Failure.BAD_CREDENTIALS, () -> open(uri)).hasMessageContaining(wayOut);
    }

    private interface Question {
        Object ask() throws InterruptedException;
    }

    private static void withinTheLimit(Question question) {
        long start = System.nanoTime();
        DriverException failure = catchThrowableOfType(DriverException.class, question::ask);
        assertThat(failure).as("a failure").isNotNull();
        assertThat(failure.failure()).isIn(Failure.TIMED_OUT, Failure.UNREACHABLE);
        assertThat(failure.effect()).isEqualTo(Effect.NOT_APPLIED);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SHORT.multipliedBy(3));
    }

    private static boolean answers(Hypervisor far) throws InterruptedException {
        try {
            return far.list().isEmpty();
        } catch (DriverException e) {
            return false;
        }
    }

    private static String ssh(Path userKey, Path knownHosts) {
        return "qemu+ssh://root@127.0.0.1:" + sshd.port() + "/system?keyfile=" + userKey + "&known_hosts=" + knownHosts;
    }

    private static String tls(String name, Path client) {
        return "qemu+tls://" + name + ":" + tlsPort + "/system?pkipath=" + client;
    }

    private static Hypervisor open(String uri) throws InterruptedException {
        return open(Map.of("uri", uri));
    }

    private static Hypervisor open(Map<String, String> settings) throws InterruptedException {
        KvmDriver driver = new KvmDriver();
        return driver.open(TestHost.HOST, HypervisorType.KVM, Options.parse(driver.options(), new HashMap<>(settings)));
    }
}
