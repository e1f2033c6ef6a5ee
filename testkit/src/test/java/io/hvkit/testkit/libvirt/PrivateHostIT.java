package io.hvkit.testkit.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.testkit.guest.GuestExtension;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.guest.RecordCheck;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

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
    void a_host_answers_under_its_own_name() throws InterruptedException {
        PrivateHost host = hosts.host();

        assertThat(virsh(host).ok("hostname")).startsWith("hvkit-");
    }

    @Test
    void a_guest_writes_on_while_the_daemon_stops_dies_and_comes_back() throws Exception {
        PrivateHost host = hosts.host();
        Virsh virsh = virsh(host);
        GuestOnHost guest = GuestOnHost.created(virsh, guests.guest(), GuestWork.writing(), folder);
        guest.console().awaitAcknowledged(100, LIMIT);

        host.stopDaemon();
        assertThat(host.daemonPid()).isEmpty();
        guest.console().awaitAcknowledged(guest.console().acknowledged() + 100, LIMIT);
        host.startDaemon();
        assertThat(virsh.ok("domstate", guest.name())).isEqualTo("running");

        host.killDaemon();
        assertThat(host.daemonPid()).isEmpty();
        guest.console().awaitAcknowledged(guest.console().acknowledged() + 100, LIMIT);
        host.startDaemon();
        assertThat(virsh.ok("domstate", guest.name())).isEqualTo("running");

        virsh.ok("destroy", guest.name());
        RecordCheck check = RecordCheck.of(guest.serial(), guest.disk());
        assertThat(check.problems()).isEmpty();
        assertThat(check.holds()).as("%s", check).isTrue();
    }

    private Virsh virsh(PrivateHost host) {
        return new Virsh(host.uri(), folder.resolve("virsh.log"));
    }
}
