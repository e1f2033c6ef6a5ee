package io.hvkit.qemu.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class QmpValueTest {

    private static final QmpValue VALUE =
            QmpValue.parse("{\"text\": \"a\", \"number\": -9223372036854775808, \"on\": true,"
                    + " \"none\": null, \"half\": 0.5, \"huge\": 18446744073709551615, \"list\": [{\"x\": 1}, 2]}");

    @Test
    void each_kind_is_read_as_what_it_is() {
        assertThat(VALUE.at("text").text()).isEqualTo("a");
        assertThat(VALUE.at("number").number()).isEqualTo(Long.MIN_VALUE);
        assertThat(VALUE.at("on").isOn()).isTrue();
        assertThat(VALUE.at("half").fraction()).isEqualTo(0.5);
        assertThat(VALUE.at("huge").fraction()).isEqualTo(0x1p64);
        assertThat(VALUE.find("none")).isEmpty();
        assertThat(VALUE.find("missing")).isEmpty();
        assertThat(VALUE.at("list").items().get(1).size()).isEqualTo(ByteSize.bytes(2));
        assertThat(VALUE.names()).containsExactly("text", "number", "on", "none", "half", "huge", "list");
    }

    @Test
    void what_is_asked_for_as_another_kind_is_refused_with_its_place() {
        assertThatThrownBy(() -> VALUE.at("huge").number())
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("huge is a very large number, not a whole number in the range of a long");
        assertThatThrownBy(() -> VALUE.at("list").items().get(0).at("x").text())
                .hasMessageContaining("list[0].x is a number, not a text");
        assertThatThrownBy(() -> VALUE.at("list").items().get(0).at("y")).hasMessageContaining("no list[0].y");
        assertThatThrownBy(() -> VALUE.at("number").size()).hasMessageContaining("not a number of bytes");
        assertThatThrownBy(() -> VALUE.at("text").isOn()).hasMessageContaining("not a switch");
        assertThatThrownBy(() -> VALUE.at("text").items()).hasMessageContaining("not a list");
        assertThatThrownBy(() -> VALUE.at("text").names()).hasMessageContaining("not an object");
    }

    @Test
    void what_is_built_is_ascii_and_reads_back_equal() {
        QmpValue built = QmpValue.object()
                .with("ğ", "\u0000\"\\☃")
                .with("list", QmpValue.list(List.of(QmpValue.of("a"), QmpValue.of(1), QmpValue.nothing())))
                .on("on")
                .off("off");
        assertThat(built.toJson()).isASCII();
        assertThat(QmpValue.parse(built.toJson())).isEqualTo(built).hasSameHashCodeAs(built);
        assertThat(built.with("ğ", "b").at("ğ").text()).isEqualTo("b");
        assertThat(built.at("ğ").text()).isEqualTo("\u0000\"\\☃");
        assertThat(built).hasToString("an object of 4");
    }

    @Test
    void what_is_no_object_of_json_is_refused() {
        for (String text : List.of("", "1", "{", "{} {}", "{\"a\": 1, \"a\": 2}")) {
            assertThatThrownBy(() -> QmpValue.parse(text)).isInstanceOf(DriverException.class);
        }
    }
}
