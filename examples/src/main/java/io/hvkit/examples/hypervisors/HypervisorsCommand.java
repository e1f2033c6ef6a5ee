package io.hvkit.examples.hypervisors;

import io.hvkit.examples.console.Demo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Shows hypervisors from the command line: {@code --work FOLDER [--keep]}. The system property {@code hvkit.plug-ins} names the
 * plug-in directory that holds {@code bare-qemu}.
 */
public final class HypervisorsCommand {

    private HypervisorsCommand() {}

    /** Runs the demonstration; the exit code is 0 only if every proof holds, 2 if the options make no sense. */
    public static void main(String[] arguments) throws IOException {
        Optional<String> plugins = Optional.ofNullable(System.getProperty("hvkit.plug-ins"));
        if (plugins.isEmpty()) {
            System.err.println("hypervisors: say where the plug-ins are: -Dhvkit.plug-ins=FOLDER");
            System.exit(2);
        }
        Demo.main("hypervisors", arguments, Map.of(), demo -> {
            new Hypervisors(demo.folder(), Path.of(plugins.orElseThrow()), demo.proofs()).run();
        });
    }
}
