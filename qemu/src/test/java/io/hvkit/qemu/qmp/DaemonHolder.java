package io.hvkit.qemu.qmp;

import io.hvkit.core.ByteSize;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.Image;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** A program that holds a daemon in the middle of a copy, until it is killed. */
final class DaemonHolder {

    private DaemonHolder() {}

    /** Arguments: source, target, and {@code tied} or {@code loose}. */
    public static void main(String[] arguments) throws Exception {
        CommandRunner tied = CommandRunner.local();
        CommandRunner loose = command ->
                tied.run(Command.of(command.argv().subList(3, command.argv().size()))
                        .untilDone()
                        .feeding(command.input().orElseThrow()));
        try (StorageDaemon daemon = StorageDaemon.start(arguments[2].equals("tied") ? tied : loose)) {
            daemon.jobs()
                    .mirror(MirrorRequest.of(
                                    daemon.openReadOnly(Image.raw(Path.of(arguments[0]))),
                                    daemon.open(Image.raw(Path.of(arguments[1]))))
                            .atMost(ByteSize.kibibytes(64)));
            PrintStream out = System.out;
            out.println(RunningDaemons.own().get(0).pid());
            new CountDownLatch(1).await();
        }
    }
}
