package io.hvkit.qemu.qmp;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.qemu.internal.KnownWords;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Turns the errors that qemu answers with into failures: by their class, and if that says nothing by their words. */
final class QmpErrors {

    private QmpErrors() {}

    /** Returns the failure of a command that was answered with an error. */
    static DriverException of(QmpCommand command, QmpValue error) {
        String kind = error.at("class").text();
        String words = error.at("desc").text();
        Failure failure = switch (kind) {
            case "CommandNotFound" -> Failure.UNSUPPORTED;
            case "DeviceNotFound", "DeviceNotActive" -> Failure.NOT_FOUND;
            case "DeviceEncrypted" -> Failure.BAD_CREDENTIALS;
            case "KVMMissingCap" -> Failure.HOST_NOT_READY;
            default -> KnownWords.failure(without(words, command.arguments()));
        };
        return DriverException.because(failure)
                .effect(KnownWords.neverBegan(failure, words) ? Effect.NOT_APPLIED : failure.usualEffect())
                .vendorCode(kind)
                .message("qemu refuses %s: %s", command.name(), words);
    }

    /** Returns whether the error of a job says that somebody cancelled it. */
    static boolean saysCancelled(String words) {
        return KnownWords.sayCancelled(words);
    }

    /** Returns the failure that the error of a job stands for. */
    static Failure ofJob(String words) {
        return KnownWords.failure(words);
    }

    /**
     * Returns the complaint without the paths that the command named itself: their letters are no complaint. Names without a
     * slash or a space cannot be taken for one, and removing {@code file} would spoil {@code No such file}.
     */
    private static String without(String words, QmpValue arguments) {
        List<String> named = new ArrayList<>();
        collect(arguments.tree(), named);
        named.sort(Comparator.comparing(String::length).reversed());
        String bare = words;
        for (String name : named) {
            bare = bare.replace(name, "");
        }
        return bare;
    }

    private static void collect(Object tree, List<String> texts) {
        if (tree instanceof Map<?, ?> members) {
            members.values().forEach(member -> collect(member, texts));
        } else if (tree instanceof List<?> items) {
            items.forEach(item -> collect(item, texts));
        } else if (tree instanceof String text && (text.contains("/") || text.contains(" "))) {
            texts.add(text);
        }
    }
}
