package io.hvkit.kvm.internal.libvirt;

import com.sun.jna.Pointer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Numbers and text that libvirt gives under names, copied from its typed parameters. Numbers of a guest's may be anything. */
public final class TypedValues {

    // virTypedParameter: char field[80]; int type; union of 8 bytes
    private static final int SIZE = 96;
    private static final int TYPE = 80;
    private static final int VALUE = 88;
    private static final int INT = 1;
    private static final int UINT = 2;
    private static final int LLONG = 3;
    private static final int ULLONG = 4;
    private static final int STRING = 7;
    private static final long UNSIGNED = 0xffff_ffffL;

    private final Map<String, Long> numbers;
    private final Map<String, String> texts;

    private TypedValues(Map<String, Long> numbers, Map<String, String> texts) {
        this.numbers = Map.copyOf(numbers);
        this.texts = Map.copyOf(texts);
    }

    /** Returns the same values as libvirt would give, for tests of what is made of them. */
    public static TypedValues of(Map<String, Long> numbers, Map<String, String> texts) {
        return new TypedValues(numbers, texts);
    }

    static TypedValues read(Pointer array, int count) {
        Map<String, Long> numbers = new HashMap<>();
        Map<String, String> texts = new HashMap<>();
        for (long at = 0; at < (long) count * SIZE; at += SIZE) {
            String name = array.getString(at, "UTF-8");
            switch (array.getInt(at + TYPE)) {
                case INT -> numbers.put(name, (long) array.getInt(at + VALUE));
                case UINT -> numbers.put(name, array.getInt(at + VALUE) & UNSIGNED);
                case LLONG, ULLONG -> numbers.put(name, array.getLong(at + VALUE));
                case STRING -> {
                    Pointer text = array.getPointer(at + VALUE);
                    if (text != null) {
                        texts.put(name, text.getString(0, "UTF-8"));
                    }
                }
                default -> {} // truths and fractions, which nobody asks for
            }
        }
        return new TypedValues(numbers, texts);
    }

    /** Returns a number; nothing if there is none, or one that is negative or too large to be a count. */
    public OptionalLong count(String name) {
        Long number = numbers.get(name);
        return number == null || number < 0 ? OptionalLong.empty() : OptionalLong.of(number);
    }

    /** Returns a text, if there is one. */
    public Optional<String> text(String name) {
        return Optional.ofNullable(texts.get(name));
    }

    @Override
    public String toString() {
        return numbers + " " + texts;
    }
}
