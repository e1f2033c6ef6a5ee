package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.vmware.internal.simulator.Vcsim;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** An inventory that is large, and a process that is not. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ManyMachinesIT {

    private static final int MACHINES = 1250;
    private static final int LISTS = Boolean.getBoolean("hvkit.thorough") ? 3 : 1;
    private static final String PAGES = "ContinueRetrievePropertiesEx";

    @Test
    void all_of_1250_machines_are_listed_with_a_heap_of_256_MB() throws Exception {
        try (Vcsim vcenter = Vcsim.start("-machines", "" + MACHINES, "-hosts", "1", "-standalone", "0")) {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Listing.class.getName(),
                            vcenter.sdk().toString(),
                            vcenter.certificate().toString(),
                            String.valueOf(LISTS))
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(process.waitFor()).as(said).isZero();
            assertThat(said.lines())
                    .as(said)
                    .hasSize(LISTS)
                    .allMatch(line -> line.startsWith(MACHINES + " machines in "));
            assertThat(vcenter.calls(PAGES)).isEqualTo(LISTS * (MACHINES / 100));
            System.out.print(said);
        }
    }
}
