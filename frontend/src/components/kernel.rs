//! The kernel in words.

use yew::prelude::*;

/// Properties of [`Kernel`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct KernelProps {
    /// Its technical name.
    pub name: AttrValue,
}

/// What the code is that makes the tries: in words, with its technical name.
#[component]
pub fn Kernel(props: &KernelProps) -> Html {
    html! {
        <>
            if let Some(words) = words(&props.name) {
                { words }{ " " }
            }
            <code translate="no" class="soft" data-testid="kernel">{ props.name.clone() }</code>
        </>
    }
}

/// What a kernel is, for people; `None` for one that has only its name.
fn words(name: &str) -> Option<&'static str> {
    match name {
        "simd128" => Some("SIMD, 128 bits wide"),
        "scalar" => Some("portable, for this browser offers no SIMD"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::state::pow;

    #[test]
    fn the_portable_kernel_has_its_words_under_the_name_it_gives_itself() {
        assert!(words(pow::Kernel::name(&pow::Scalar)).is_some_and(|words| words.contains("portable")));
        assert_eq!(words("a kernel to come"), None);
    }
}
