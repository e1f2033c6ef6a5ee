package io.hvkit.vmware;

import io.hvkit.core.HostId;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.vmware.internal.simulator.Vcsim;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** A process that lists the machines of a host and prints how many there are, and how long it took, as often as it is told. */
final class Listing {

    private Listing() {}

    /** Lists them. */
    public static void main(String[] arguments) throws InterruptedException {
        VmwareDriver driver = VmwareDriver.with(
                asked -> Credentials.of(Vcsim.USER, Secret.copyOf(Vcsim.PASSWORD.getBytes(StandardCharsets.UTF_8))));
        Map<String, String> options = Map.of(
                "vcenter",
                arguments[0],
                "ca",
                arguments[1],
                "datacenter",
                "DC0",
                "host",
                "DC0_C0_H0",
                "datastore",
                VmwareJudged.DATASTORE);
        try (Hypervisor host =
                driver.open(new HostId("esx"), HypervisorType.VMWARE, Options.parse(driver.options(), options))) {
            for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
                long start = System.nanoTime();
                List<Machine> machines = host.list();
                System.out.println(machines.size() + " machines in " + (System.nanoTime() - start) / 1_000_000 + " ms");
            }
        }
    }
}
