package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The law itself: it would be worth nothing if it found nothing. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ArgvLawTest {

    private static final String KEY = "canary-tweets-at-dawn";

    private final ArgvLaw law = new ArgvLaw(Path.of("/pool/law"), KEY);

    @Test
    void a_key_is_found_in_every_usual_encoding() {
        byte[] bytes = KEY.getBytes(StandardCharsets.UTF_8);
        List<String> arguments = new ArrayList<>(List.of(
                "--object=secret,data=" + KEY,
                HexFormat.of().formatHex(bytes),
                HexFormat.of().withUpperCase().formatHex(bytes)));
        for (String before : List.of("", "a", "ab", "abc")) {
            for (String after : List.of("", "a", "ab")) {
                arguments.add(
                        Base64.getEncoder().encodeToString((before + KEY + after).getBytes(StandardCharsets.UTF_8)));
            }
        }

        assertThat(arguments)
                .allSatisfy(argument -> assertThat(law.breaches(List.of("cryptsetup", argument)))
                        .as(argument)
                        .hasSize(1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "qemu-img info /pool/law/a",
                "qemu-img info driver=raw,file.filename=/pool/law/a",
                "qemu-img info --image-opts file.filename=/pool/law/a",
                "qemu-img info --image-opts driver=qcow2,file.filename=/pool/law/a,backing.file.filename=/pool/law/b",
                "qemu-img convert --image-opts driver=raw,file.filename=/pool/law/a driver=raw,file.filename=/pool/law/b",
                "qemu-img convert --image-opts driver=raw,file.filename=/pool/law/a --target-image-opts -B /pool/law/c"
                        + " driver=raw,file.filename=/pool/law/b",
                "qemu-io /pool/law/a -c read",
                "dd of=law/a",
                "qemu-img create -b /pool/law/a -f qcow2",
                "qemu-img create -f qcow2 -o backing_file=/pool/law/a",
                "qemu-img info --image-opts driver=raw,file.filename=law/a",
                "qemu-img info -f raw law/a",
                "cryptsetup isLuks ./law/a"
            })
    void a_guessed_format_or_a_relative_path_is_found(String command) {
        assertThat(law.breaches(List.of(command.split(" ")))).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "qemu-img info --image-opts driver=raw,file.filename=/pool/law/a",
                "qemu-img info --image-opts driver=qcow2,file.filename=/pool/law/a,backing.driver=raw,backing.file.filename=/p",
                "qemu-img convert --image-opts driver=raw,file.filename=/pool/law/a --target-image-opts -B /pool/law/c -F raw"
                        + " driver=raw,file.filename=/pool/law/b",
                "dd of=/pool/law/a",
                "qemu-img create -f qcow2 -b /pool/law/a -F raw /pool/law/b",
                "qemu-img create -f qcow2 -o backing_file=/pool/law/a,backing_fmt=raw /pool/law/b",
                "qemu-img convert --object secret,id=k,format=raw,file=/dev/stdin -f raw -O qcow2 /pool/law/a /pool/law/b",
                "cryptsetup isLuks /pool/law/a"
            })
    void what_keeps_the_law_is_not_blamed(String command) {
        assertThat(law.breaches(List.of(command.split(" ")))).isEmpty();
    }
}
