package io.hvkit.qemu;

import java.util.List;
import java.util.Random;

/** File names that mean something to somebody else. ASCII, so that every locale has them. */
final class WeirdNames {

    static final List<String> KNOWN = List.of(
            "a b",
            " blank ",
            "a,b",
            "a,,b",
            ",",
            "a,file.filename=x,y",
            "driver=raw,file.filename=x",
            "key=value",
            "a:b",
            "nbd:localhost:10809",
            "json:{\"driver\":\"null-co\"}",
            "file:x",
            "-dash",
            "--help",
            "new\nline",
            "tab\tand\rreturn",
            "%20%s%n",
            "quote'double\"",
            "back\\slash",
            "$HOME`id`$(id)",
            "*?[a]",
            "No space left on device",
            "Is another process using the image",
            "~",
            "#hash;semi&amp|pipe");

    private static final String ALPHABET = "ab01 ,,,==:::%%\\\"'\n\t\r-+{}[]()$`!?*~#;&|<>@^_.";

    private WeirdNames() {}

    /** Returns a name of 1 to 40 characters that is neither {@code .} nor {@code ..}. */
    static String random(Random random) {
        StringBuilder name = new StringBuilder("n");
        int length = random.nextInt(39);
        for (int i = 0; i < length; i++) {
            name.insert(random.nextInt(name.length() + 1), ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return name.toString();
    }
}
