package io.hvkit.examples.vmware;

import io.hvkit.examples.console.Demo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Shows a vCenter from the command line: {@code --work FOLDER [--break session] [--keep]}. The system property {@code hvkit.vcsim} names
 * the program that simulates it. With {@code --break session} a connection is left open, and the last proof must say so.
 */
public final class VmwareCommand {

    private static final String BREAK = "--break";

    private VmwareCommand() {}

    /** Runs the demonstration; the exit code is 0 only if every proof holds, 2 if the options make no sense. */
    public static void main(String[] arguments) throws IOException {
        Optional<Path> simulator = Optional.ofNullable(System.getProperty("hvkit.vcsim"))
                .map(Path::of)
                .filter(Files::isExecutable);
        if (simulator.isEmpty()) {
            System.err.println("vmware: say where the simulated vCenter is: -Dhvkit.vcsim=PROGRAM");
            System.exit(2);
        }
        Demo.main("vmware", arguments, Map.of(BREAK, "session"), demo -> {
            Path certificate = demo.folder().resolve("vcenter.pem");
            try (Vcenter vcenter = Vcenter.start(simulator.orElseThrow(), certificate)) {
                new Vsphere(vcenter, demo.proofs())
                        .run(demo.says(BREAK) ? Vsphere.Fault.FORGOTTEN_CONNECTION : Vsphere.Fault.NONE);
            }
        });
    }
}
