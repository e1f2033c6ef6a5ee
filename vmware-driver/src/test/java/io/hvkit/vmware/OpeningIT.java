package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.Options;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.HypervisorType;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which hosts are opened, and what is said of the others. */
@Tag("every-java")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class OpeningIT {

    private static VmwareJudged vmware;

    @BeforeAll
    static void start() throws InterruptedException {
        vmware = VmwareJudged.start();
    }

    @AfterAll
    static void stop() {
        vmware.close();
    }

    @Test
    void a_host_is_opened_by_its_name_and_nothing_is_left_when_it_is_closed() throws InterruptedException {
        int before = vmware.vcenter().count("sessions");
        Hypervisor host = vmware.open(Map.of());

        assertThat(host.probe().probedAt()).isNotNull();
        assertThat(vmware.vcenter().count("sessions")).isEqualTo(before + 1);
        host.close();
        host.close();

        assertThat(vmware.vcenter().count("sessions")).isEqualTo(before);
    }

    @Test
    void a_host_outside_of_clusters_is_opened_too_and_has_machines_of_its_own() throws InterruptedException {
        try (Hypervisor inside = vmware.open(Map.of());
                Hypervisor outside = vmware.open(Map.of("host", "DC0_H0"))) {
            assertThat(outside.list()).isNotEmpty().noneMatch(inside.list()::contains);
        }
    }

    @Test
    void what_is_not_there_is_named_with_its_option() {
        Refused.as(Failure.NOT_FOUND).saying("datacenter", () -> vmware.open(Map.of("datacenter", "DC9")));
        Refused.as(Failure.NOT_FOUND).saying("DC0/vm/none", () -> vmware.open(Map.of("folder", "none")));
        Refused.as(Failure.NOT_FOUND).saying("esx-9", () -> vmware.open(Map.of("host", "esx-9")));
        Refused.as(Failure.NOT_FOUND).saying("slow", () -> vmware.open(Map.of("datastore", "slow")));
        Refused.as(Failure.INVALID_REQUEST).saying("datastore", () -> vmware.open(Map.of("datastore", "")));
    }

    @Test
    void addresses_spans_and_proofs_are_checked_before_anybody_is_told_a_password() throws InterruptedException {
        int before = vmware.vcenter().calls("Login");
        String pin = "00".repeat(32);
        String seen = vmware.vcenter().fingerprint().replace(":", "").toLowerCase(Locale.ROOT);

        Refused.as(Failure.INVALID_REQUEST)
                .saying("https", () -> vmware.open(Map.of("vcenter", "http://vcenter.example.com")));
        Refused.as(Failure.INVALID_REQUEST)
                .saying("without a user", () -> vmware.open(Map.of("vcenter", "https://u:p@vcenter.example.com")));
        Refused.as(Failure.INVALID_REQUEST).saying("timeout", () -> vmware.open(Map.of("timeout", "PT0S")));
        Refused.as(Failure.INVALID_REQUEST).saying("task-limit", () -> vmware.open(Map.of("task-limit", "P8D")));
        Refused.as(Failure.INVALID_REQUEST).saying("not both", () -> vmware.open(Map.of("pin", pin)));
        Refused.as(Failure.INVALID_REQUEST).saying("SHA-256", () -> vmware.open(Map.of("ca", "", "pin", "00:11")));
        Refused.as(Failure.UNREACHABLE).saying("not trusted", () -> vmware.open(Map.of("ca", "", "pin", pin)));
        Refused.as(Failure.UNREACHABLE).saying("fingerprint " + seen, () -> vmware.open(Map.of("ca", "", "pin", pin)));

        assertThat(vmware.vcenter().calls("Login")).isEqualTo(before);
        vmware.open(Map.of("ca", "", "pin", seen)).close();
        assertThat(vmware.vcenter().calls("Login")).isEqualTo(before + 1);
    }

    @Test
    void a_driver_without_passwords_opens_nothing_and_says_how_to_make_one_that_does() {
        Refused.as(Failure.BAD_CREDENTIALS)
                .saying("VmwareDriver.with", () -> vmware.open(new VmwareDriver(), Map.of()));
    }

    @Test
    void the_driver_is_found_by_its_type_and_declares_what_its_hosts_offer() throws InterruptedException {
        HypervisorDrivers found = HypervisorDrivers.discoveredBy(getClass().getClassLoader());
        HypervisorType type = found.types().require("VMware");
        Map<String, String> options = new HashMap<>(vmware.options());

        assertThat(type).isEqualTo(HypervisorType.VMWARE);
        assertThat(found.forType(type).options()).hasSize(12);
        assertThat(type.features().offered())
                .containsExactlyInAnyOrder(
                        HypervisorFeature.GRACEFUL_STOP,
                        HypervisorFeature.PERSISTENT_MACHINES,
                        HypervisorFeature.DEFINED_MACHINES,
                        HypervisorFeature.NETWORK_CARDS,
                        HypervisorFeature.TAGS,
                        HypervisorFeature.HOT_PLUG,
                        HypervisorFeature.HOST_SNAPSHOTS,
                        HypervisorFeature.MACHINE_CLONES,
                        HypervisorFeature.MACHINE_RELOCATION,
                        HypervisorFeature.CONSOLE_TICKETS);
        Refused.as(Failure.BAD_CREDENTIALS)
                .saying(
                        "no password",
                        () -> found.forType(type)
                                .open(
                                        new HostId("esx"),
                                        type,
                                        Options.parse(found.forType(type).options(), options)));
    }
}
