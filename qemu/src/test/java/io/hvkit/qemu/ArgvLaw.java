package io.hvkit.qemu;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What is to hold for the arguments of every command: no key, no guessed format, no path that depends on where one stands. */
final class ArgvLaw {

    /** Whatever names a file: a plain argument, or the value of an option whose name says so. */
    private static final Pattern NAMED =
            Pattern.compile("(?:^|,)(?:[a-z0-9.-]*(?:filename|backing_file)|file|dir|of|if)=([^,]*)");

    /** A layer over a file, in a list of options. */
    private static final Pattern LAYER = Pattern.compile("(?<=^|,)((?:[a-z0-9-]+\\.)*)file\\.filename=");

    private final Path folder;
    private final List<String> keys;

    /**
     * @param folder holds all images that commands work on
     * @param keys what must not be seen
     */
    ArgvLaw(Path folder, String... keys) {
        this.folder = folder;
        this.keys = List.of(keys);
    }

    /** Returns what is wrong with a command, in words; nothing if it keeps the law. */
    List<String> breaches(List<String> argv) {
        List<String> breaches = new ArrayList<>();
        for (String key : keys) {
            argv.stream()
                    .filter(argument -> shows(argument, key))
                    .forEach(a -> breaches.add("the key '" + key + "' is readable in: " + a));
        }
        argv.stream().filter(this::isRelative).forEach(a -> breaches.add("a path is not absolute in: " + a));
        boolean isQemu = Path.of(argv.get(0)).getFileName().toString().startsWith("qemu-");
        for (int i = 1; isQemu && i < argv.size(); i++) {
            if (argv.get(i).contains(folder.toString()) && !statesFormat(argv, i)) {
                breaches.add("the format is not stated of: " + argv.get(i));
            }
        }
        return breaches;
    }

    private static boolean statesFormat(List<String> argv, int i) {
        String argument = argv.get(i);
        switch (argv.get(i - 1)) {
            case "--object" -> {
                return true; // it names no image
            }
            case "-b", "-B" -> {
                return argv.contains("-F");
            }
            case "-o" -> {
                return !argument.contains("backing_file=") || argument.contains("backing_fmt=");
            }
            default -> {}
        }
        if (argument.startsWith("json:")) {
            return argument.startsWith("json:{\"driver\":");
        }
        if (argument.contains("driver=")) {
            boolean isTarget = argv.get(1).equals("convert") && i == argv.size() - 1;
            return argv.contains(isTarget ? "--target-image-opts" : "--image-opts") && statesDrivers(argument);
        }
        return argv.contains("-f") || argv.contains("-O");
    }

    /** Whether each layer of a tree of options says its driver. */
    private static boolean statesDrivers(String options) {
        Matcher layer = LAYER.matcher(options);
        while (layer.find()) {
            if (!("," + options).contains("," + layer.group(1) + "driver=")) {
                return false;
            }
        }
        return true;
    }

    private boolean isRelative(String argument) {
        Matcher named = NAMED.matcher(argument);
        while (named.find()) {
            if (!named.group(1).startsWith("/")) {
                return true;
            }
        }
        String last = folder.getFileName().toString();
        return !argument.contains("=")
                && argument.contains(last)
                && !argument.startsWith("/")
                && !argument.startsWith("json:");
    }

    /** Whether a key can be read out of a text, as it is or in hexadecimal or Base64, wherever in a longer one it stands. */
    private static boolean shows(String text, String key) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        String folded = text.toLowerCase(Locale.ROOT);
        return text.contains(key)
                || folded.contains(HexFormat.of().formatHex(bytes))
                || Stream.of(0, 1, 2).anyMatch(shift -> text.contains(base64(bytes, shift)))
                || Stream.of(0, 1, 2).anyMatch(shift -> text.contains(urlBase64(bytes, shift)));
    }

    private static String base64(byte[] bytes, int shift) {
        byte[] shifted = new byte[shift + bytes.length];
        System.arraycopy(bytes, 0, shifted, shift, bytes.length);
        String whole = Base64.getEncoder().withoutPadding().encodeToString(shifted);
        // The letters at both ends hold bits of the neighbours as well.
        return whole.substring(shift == 0 ? 0 : shift + 1, whole.length() - 1);
    }

    private static String urlBase64(byte[] bytes, int shift) {
        return base64(bytes, shift).replace('+', '-').replace('/', '_');
    }
}
