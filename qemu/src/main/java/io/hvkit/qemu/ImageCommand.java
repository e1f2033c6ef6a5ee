package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** A verb of qemu-img on images that are there, whose keys go with it. Immutable; every change is a new command. */
final class ImageCommand {

    private record Fields(
            QemuImgProgram program,
            String verb,
            List<Image> images,
            Optional<Duration> limit,
            Optional<Consumer<String>> listener) {}

    /** What follows the verb and the keys. */
    @FunctionalInterface
    interface Arguments {
        /** Returns it, where {@code keys} says how qemu opens each image. */
        List<String> with(QemuKeys keys);
    }

    private final Fields fields;

    private ImageCommand(Fields fields) {
        this.fields = fields;
    }

    /** Returns a command that takes as long as it needs, unless the program was given a limit. */
    static ImageCommand of(QemuImgProgram program, String verb, Image... images) {
        return new ImageCommand(new Fields(program, verb, List.of(images), program.limit(), Optional.empty()));
    }

    /** Returns this command for what ends soon. */
    ImageCommand soon() {
        return within(Optional.of(fields.program.shortLimit()));
    }

    /** Returns this command with another limit, if there is one. */
    ImageCommand within(Optional<Duration> limit) {
        return new ImageCommand(
                new Fields(fields.program, fields.verb, fields.images, limit.or(() -> fields.limit), fields.listener));
    }

    /** Returns this command with somebody who hears its output, piece by piece. */
    ImageCommand telling(Consumer<String> listener) {
        return new ImageCommand(
                new Fields(fields.program, fields.verb, fields.images, fields.limit, Optional.of(listener)));
    }

    /** Runs it to its end, whatever its exit code. */
    CommandResult attempt(Arguments arguments) throws InterruptedException {
        fields.images.forEach(fields.program::require);
        try (QemuKeys keys = QemuKeys.of(fields.images.toArray(Image[]::new))) {
            List<String> all = new ArrayList<>(List.of(fields.verb));
            all.addAll(keys.arguments());
            all.addAll(arguments.with(keys));
            Command command = keys.feed(fields.program.command(all, fields.limit));
            return fields.program
                    .runner()
                    .run(fields.listener.map(command::listening).orElse(command));
        }
    }

    /**
     * Runs it and returns its output.
     *
     * @param doubt what is left of it if it fails in words that do not say that it never began
     */
    String run(Effect doubt, Arguments arguments) throws InterruptedException {
        CommandResult result = attempt(arguments);
        if (!result.succeeded()) {
            throw complaint(result, doubt);
        }
        return result.output();
    }

    /** Returns what the program's words stand for. */
    DriverException complaint(CommandResult result, Effect doubt) {
        String names = fields.images.stream().distinct().map(Image::toString).collect(Collectors.joining(" and "));
        return Complaint.of(
                "qemu-img " + fields.verb + " of " + names, result, doubt, fields.images.toArray(Image[]::new));
    }
}
