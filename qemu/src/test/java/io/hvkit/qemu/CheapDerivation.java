package io.hvkit.qemu;

import java.util.ArrayList;
import java.util.List;

/** Runs commands as they are, but for the seconds that key derivation takes; short keys cannot count as random. */
final class CheapDerivation implements CommandRunner {

    private final CommandRunner runner = CommandRunner.local();

    @Override
    public CommandResult run(Command command) throws InterruptedException {
        List<String> argv = new ArrayList<>(command.argv());
        for (int i = 0; i < argv.size(); i++) {
            if (argv.get(i).startsWith("encrypt.format=")) {
                argv.set(i, argv.get(i) + ",encrypt.iter-time=10");
            } else if (argv.get(i).startsWith("key-secret=")) {
                argv.set(i, argv.get(i) + ",iter-time=10");
            }
        }
        if (argv.contains("luksFormat")) {
            argv.addAll(List.of("--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000"));
        }
        Command cheap = Command.of(argv).listening(command.listener());
        cheap = command.input().map(cheap::feeding).orElse(cheap);
        return runner.run(command.limit().map(cheap::within).orElse(cheap.untilDone()));
    }
}
