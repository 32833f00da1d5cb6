//! What must differ between two TPMs, and so is not compared: its place and size are.

/// A part of a response, found by where it lies.
#[derive(Clone, Copy)]
pub enum Mask {
    /// From an offset, so many bytes or to the end.
    At(usize, usize),
    /// The last bytes before so many others at the end.
    FromEnd(usize, usize),
}

impl Mask {
    /// The response with zeros there. A response that is too short stays as it is: the comparison will tell.
    pub fn apply(self, mut response: Vec<u8>) -> Vec<u8> {
        let (from, to) = match self {
            Self::At(offset, size) => (Some(offset), Some(response.len().min(offset + size))),
            Self::FromEnd(size, after) => {
                let end = response.len().checked_sub(after);
                (end.and_then(|end| end.checked_sub(size)), end)
            }
        };
        if let (Some(from), Some(to)) = (from, to)
            && let Some(part) = response.get_mut(from..to)
        {
            part.fill(0);
        }
        response
    }
}
