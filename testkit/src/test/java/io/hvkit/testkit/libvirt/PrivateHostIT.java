package io.hvkit.testkit.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.guest.GuestExtension;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.guest.RecordCheck;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SortedSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Tag("every-java")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PrivateHostIT {

    private static final Duration LIMIT = Duration.ofSeconds(90);

    @RegisterExtension
    static final PrivateHostExtension hosts = PrivateHostExtension.perClass();

    @RegisterExtension
    static final GuestExtension guests = GuestExtension.shared();

    @TempDir
    Path folder;

    @Test
    void a_host_answers_under_its_own_name() throws Exception {
        PrivateHost host = hosts.host();

        assertThat(virsh(host).ok("hostname")).startsWith("hvkit-");
        assertThat(virsh(host).ok("net-list", "--all")).isEmpty();
    }

    @Test
    void a_guest_writes_on_while_the_daemon_stops_dies_and_comes_back() throws Exception {
        PrivateHost host = hosts.host();
        Virsh virsh = virsh(host);
        long before = System.nanoTime();
        GuestOnHost guest = GuestOnHost.created(virsh, guests.guest(), GuestWork.writing(), folder);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(30));
        guest.console().awaitAcknowledged(100, LIMIT);

        host.stopDaemon();
        assertThat(host.daemonPid()).isEmpty();
        guest.console().awaitAcknowledged(guest.console().acknowledged() + 100, LIMIT);
        host.startDaemon();
        assertInControl(virsh, guest);

        host.killDaemon();
        assertThat(host.daemonPid()).isEmpty();
        guest.console().awaitAcknowledged(guest.console().acknowledged() + 100, LIMIT);
        host.startDaemon();
        assertInControl(virsh, guest);

        virsh.ok("destroy", guest.name());
        RecordCheck check = RecordCheck.of(guest.serial(), guest.disk());
        assertThat(check.problems()).isEmpty();
        assertThat(check.holds()).as("%s", check).isTrue();
    }

    /** "running" alone says little: a daemon tells so from its notes before it has found the guest again. */
    private static void assertInControl(Virsh virsh, GuestOnHost guest) throws Exception {
        assertThat(virsh.ok("domblkstat", guest.name(), "vda")).contains("flush_operations");
        assertThat(virsh.ok("domstate", guest.name())).isEqualTo("running");
    }

    @Test
    void a_guest_s_files_keep_their_owner() throws Exception {
        PrivateHost host = hosts.host();
        Path kernel = Files.copy(guests.guest().kernel(), folder.resolve("kernel"));
        Files.setAttribute(kernel, "unix:uid", 12_345);
        Path disk = Files.write(folder.resolve("disk"), new byte[1 << 20]);
        Files.setAttribute(disk, "unix:uid", 12_345);
        Path xml = Files.writeString(
                folder.resolve("owned.xml"),
                "<domain type='qemu'><name>owned</name><memory unit='MiB'>64</memory>"
                        + "<os><type arch='x86_64' machine='q35'>hvm</type><kernel>" + kernel + "</kernel></os>"
                        + "<devices><disk type='file'><driver name='qemu' type='raw'/><source file='" + disk + "'/>"
                        + "<target dev='vda' bus='virtio'/></disk></devices></domain>");

        virsh(host).ok("create", xml.toString());
        try {
            for (Path file : List.of(kernel, disk)) {
                assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(12_345);
            }
        } finally {
            virsh(host).ok("destroy", "owned");
        }
        assertThat(Files.getAttribute(disk, "unix:uid")).isEqualTo(12_345);
    }

    @Test
    void stopping_and_starting_twice_does_nothing_more() throws Exception {
        PrivateHost host = hosts.host();

        host.startDaemon();
        assertThat(host.daemonPid()).isPresent();
        assertThat(host.processes()).contains(host.daemonPid().orElseThrow());
        host.stopDaemon();
        host.stopDaemon();
        host.killDaemon();
        assertThat(host.daemonPid()).isEmpty();
        host.startDaemon();

        assertThat(virsh(host).ok("list", "--all")).isEmpty();
    }

    @Test
    void two_hosts_live_side_by_side_and_the_machine_is_left_as_it_was() throws Exception {
        Machine before = Machine.now();
        SortedSet<Long> processes;

        try (PrivateHost first = PrivateHost.start(folder.resolve("first"));
                PrivateHost second = PrivateHost.start(folder.resolve("a second & odd, one"))) {
            assertThat(uuid(first)).isNotEqualTo(uuid(second));
            assertThat(virsh(first).ok("hostname")).isNotEqualTo(virsh(second).ok("hostname"));
            assertThat(Machine.now()).isEqualTo(before);
            processes = first.processes();
            processes.addAll(second.processes());
            assertThat(processes).hasSizeGreaterThanOrEqualTo(6);
        }

        assertThat(Machine.now()).isEqualTo(before);
        assertThat(processes).noneMatch(pid -> Files.exists(Path.of("/proc", pid.toString())));
    }

    @Test
    void a_folder_that_was_used_boots_the_same_host_again() throws Exception {
        Path place = folder.resolve("again");
        String uuid;
        try (PrivateHost host = PrivateHost.start(place)) {
            uuid = uuid(host);
            virsh(host).ok("define", definition().toString());
        }
        try (PrivateHost host = PrivateHost.start(place)) {
            assertThat(uuid(host)).isEqualTo(uuid);
            assertThat(virsh(host).ok("domstate", "defined")).isEqualTo("shut off");
        }
    }

    @Test
    void two_hosts_in_one_folder_are_refused_and_the_first_goes_on() throws Exception {
        PrivateHost host = hosts.host();

        assertThatThrownBy(() -> PrivateHost.start(host.folder()))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.IN_USE));

        assertThat(virsh(host).ok("hostname")).startsWith("hvkit-");
    }

    @Test
    void a_folder_too_long_for_sockets_gets_an_alias_that_goes_with_the_host() throws Exception {
        Path place = folder.resolve("n".repeat(100));
        Path socket;
        try (PrivateHost host = PrivateHost.start(place)) {
            assertThat(virsh(host).ok("hostname")).startsWith("hvkit-");
            socket = Path.of(host.uri().getQuery().substring("socket=".length()));
            assertThat(socket.toString()).hasSizeLessThan(107);
            assertThat(socket.toRealPath()).startsWith(place.toRealPath());
        }
        assertThat(Path.of(socket.toString().replaceFirst("/h/run/.*", ""))).doesNotExist();
    }

    @Test
    void closing_twice_is_nothing_and_a_closed_host_says_so() throws Exception {
        PrivateHost host = PrivateHost.start(folder.resolve("closed"));
        host.close();
        host.close();

        assertThat(host.processes()).isEmpty();
        assertThat(host.daemonPid()).isEmpty();
        assertThatThrownBy(host::startDaemon)
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.UNREACHABLE));
    }

    @Test
    void a_daemon_that_does_not_come_up_shows_the_end_of_its_log_and_leaves_nothing() throws Exception {
        Path place = folder.resolve("broken");
        try (PrivateHost host = PrivateHost.start(place)) {
            host.stopDaemon();
            Files.writeString(place.resolve("etc/libvirtd.conf"), "max_clients = \"many\"\n");

            assertThatThrownBy(host::startDaemon)
                    .isInstanceOfSatisfying(
                            DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.HOST_NOT_READY))
                    .hasMessageContaining("max_clients");
        }
        assertThat(Machine.processesWith(place.toString())).isEmpty();
    }

    @Test
    void an_interrupted_start_leaves_nothing() throws Exception {
        Path place = folder.resolve("interrupted");
        BlockingQueue<Object> outcome = new LinkedBlockingQueue<>();
        Thread starter = new Thread(() -> {
            try {
                outcome.add(PrivateHost.start(place));
            } catch (InterruptedException e) {
                outcome.add(e);
            }
        });
        starter.start();
        Await.until("the supervisor", LIMIT, () -> hasProcesses(place));
        starter.interrupt();
        starter.join();

        assertThat(outcome.take()).isInstanceOf(InterruptedException.class);
        assertThat(Machine.processesWith(place.toString())).isEmpty();
    }

    private static boolean hasProcesses(Path place) {
        try {
            return !Machine.processesWith(place.toString()).isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void a_missing_tool_is_named_with_its_packages() {
        assertThatThrownBy(() -> PrivateHost.start(folder.resolve("host"), List.of(Path.of("/nowhere"))))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.HOST_NOT_READY))
                .hasMessageContaining("apt-get install")
                .hasMessageContaining("dnf install");
        assertThat(folder.resolve("host")).doesNotExist();
    }

    private Path definition() throws Exception {
        return Files.writeString(
                folder.resolve("defined.xml"),
                "<domain type='qemu'><name>defined</name><memory unit='MiB'>64</memory>"
                        + "<os><type arch='x86_64' machine='q35'>hvm</type></os></domain>");
    }

    private String uuid(PrivateHost host) throws Exception {
        return virsh(host)
                .ok("capabilities")
                .lines()
                .filter(line -> line.contains("<uuid>"))
                .findFirst()
                .orElseThrow();
    }

    private Virsh virsh(PrivateHost host) {
        return new Virsh(host.uri(), folder.resolve("virsh.log"));
    }
}
